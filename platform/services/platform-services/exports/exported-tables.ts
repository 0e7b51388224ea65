import { type ExportedTable, ownRows } from '../../../kit/erasure/exported-table.ts';
import { exportedKeys } from '../../../kit/idempotency/exported-keys.ts';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  { table: 'identity.tenants', ownedBy: 'owner_id = $1' },
  { table: 'identity.users', ownedBy: 'id = $1', omit: ['password_hash', 'name_key'] },
  ownRows('identity.workspaces', 'created_by'),
  ownRows('identity.workspace_members', 'user_id'),
  ownRows('identity.former_tenants', 'user_id'),
  {
    table: 'identity.invitations',
    ownedBy: 'invited_by = $1 or accepted_by = $1 or lower(email) = lower($2)',
    omit: ['token_hash'],
  },
  ownRows('identity.sessions', 'user_id'),
  { table: 'identity.personal_tokens', ownedBy: 'user_id = $1', omit: ['token_hash', 'grant_id'] },
  ownRows('identity.grants', 'user_id'),
  ownRows('identity.analytics_events', 'user_id'),
  { table: 'identity.audit_events', ownedBy: 'actor_id = $1 or lower(subject) in ($1::text, lower($2))' },
  { table: 'identity.mails', ownedBy: 'user_id = $1', omit: ['content'] },
  { table: 'identity.exports', ownedBy: 'user_id = $1' },
  { table: 'identity.export_parts', not: 'The content of exports themselves.' },
  { table: 'identity.refresh_tokens', not: 'Digests of secrets; their sessions are exported.' },
  { table: 'identity.account_tokens', not: 'Digests of secrets; their mails are exported.' },
  { table: 'identity.outgoing_events', not: 'Messages to another service, deleted when they arrive.' },
  { table: 'identity.changed_users', not: 'Notes for another service, deleted when they arrive.' },
  { table: 'identity.erasure_tasks', not: 'Exists after the account only.' },
  exportedKeys('identity'),
];
