import { exportedCounts } from '../../../kit/counts/declared-counts.ts';
import { type ExportedTable, ownRows } from '../../../kit/erasure/exported-table.ts';
import { exportedKeys } from '../../../kit/idempotency/exported-keys.ts';

const ofOwnExecution = 'execution_id in (select e.id from automation.executions e where e.user_id = $1)';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  ownRows('automation.workflows', 'owner_id'),
  ownRows('automation.workflow_versions', 'changed_by'),
  {
    table: 'automation.webhooks',
    ownedBy: 'workflow_id in (select w.id from automation.workflows w where w.owner_id = $1)',
    omit: ['secret', 'former_secret'],
  },
  { table: 'automation.webhook_messages', not: 'Keys of messages; what they started is exported.' },
  ownRows('automation.templates', 'created_by'),
  ownRows('automation.executions', 'user_id'),
  { table: 'automation.execution_steps', ownedBy: ofOwnExecution },
  { table: 'automation.execution_parts', ownedBy: ofOwnExecution },
  { table: 'automation.execution_logs', ownedBy: ofOwnExecution },
  ownRows('automation.notifications', 'recipient_id'),
  { table: 'automation.schedules', not: 'Computed from the triggers of workflows, which are exported.' },
  {
    table: 'automation.template_uses',
    not: 'Counts of templates; the workflows made from them are exported.',
  },
  { table: 'automation.commands', not: 'Keys of calls by sagas; what they made is exported.' },
  exportedCounts('automation'),
  exportedKeys('automation'),
];
