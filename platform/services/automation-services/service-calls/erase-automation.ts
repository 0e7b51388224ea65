import type { ErasureOrder } from '../../../contracts/erasure.ts';
import { erasedCounts } from '../../../kit/counts/declared-counts.ts';
import type { Durable } from '../../../kit/durable/durable.ts';
import { eraseRows, tenantOfOrder } from '../../../kit/erasure/erase.ts';
import {
  deletesOwn,
  type ErasedTable,
  keepsNameless,
  literally,
  nobody,
  replacesText,
} from '../../../kit/erasure/erased-table.ts';
import { erasedKeys } from '../../../kit/idempotency/erased-keys.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { durableIdOf } from '../executions/execution-run.ts';
import type { RecordWatches } from '../workflows/record-watches.ts';

/**
 * How the deletion of an account changes the rows of each table. Workflows and templates belong to the tenant. A
 * workflow acts for its owner, so it is switched off when the owner leaves.
 */
export const erasedTables: readonly ErasedTable[] = [
  erasedKeys('automation'),
  {
    table: 'automation.schedules',
    tenant: 'cascade',
    person: ({ userId }) => [
      {
        text: `delete from automation.schedules
               where workflow_id in (select id from automation.workflows where owner_id = $1)`,
        values: [userId],
      },
    ],
  },
  // Executions of others, e.g. for a file of the person, may name them.
  {
    table: 'automation.execution_steps',
    tenant: 'cascade',
    person: withoutPerson('automation.execution_steps', {
      config: 'jsonb',
      result: 'jsonb',
      error: 'text',
    }),
  },
  {
    table: 'automation.execution_parts',
    tenant: 'cascade',
    person: withoutPerson('automation.execution_parts', { result: 'jsonb', error: 'text' }),
  },
  {
    table: 'automation.execution_logs',
    tenant: 'cascade',
    person: withoutPerson('automation.execution_logs', { message: 'text' }),
  },
  { table: 'automation.webhook_messages', tenant: 'cascade' },
  {
    // The person knows the secrets.
    table: 'automation.webhooks',
    tenant: 'cascade',
    person: ({ userId }) => [
      {
        text: `delete from automation.webhooks
               where workflow_id in (select id from automation.workflows where owner_id = $1)`,
        values: [userId],
      },
    ],
  },
  {
    table: 'automation.workflow_versions',
    tenant: 'cascade',
    person: (person) => [
      ...keepsNameless('automation.workflow_versions', 'changed_by')(person),
      ...withoutPerson('automation.workflow_versions', { steps: 'jsonb' })(person),
    ],
  },
  {
    table: 'automation.executions',
    tenant: 'cascade',
    person: (person) => [
      ...deletesOwn('automation.executions', 'user_id')(person),
      ...withoutPerson('automation.executions', { input: 'jsonb', file: 'jsonb', error: 'text' })(person),
    ],
  },
  {
    table: 'automation.workflows',
    tenant: 'delete',
    person: (person) => [
      {
        text: `update automation.workflows set owner_id = $2, status = 'inactive', grant_id = null
               where owner_id = $1`,
        values: [person.userId, nobody.id],
      },
      ...withoutPerson('automation.workflows', { steps: 'jsonb', paused_reason: 'text' })(person),
    ],
  },
  {
    table: 'automation.templates',
    tenant: 'delete',
    person: (person) => [
      ...keepsNameless('automation.templates', 'created_by')(person),
      ...withoutPerson('automation.templates', { steps: 'jsonb' })(person),
    ],
  },
  {
    table: 'automation.template_uses',
    tenant: 'delete',
    person: keepsNameless('automation.template_uses', 'user_id'),
  },
  {
    table: 'automation.notifications',
    tenant: 'delete',
    person: (person) => [
      ...deletesOwn('automation.notifications', 'recipient_id')(person),
      ...withoutPerson('automation.notifications', { subject: 'text', body: 'text' })(person),
    ],
  },
  // Keys and results name no person.
  { table: 'automation.commands', tenant: 'delete' },
  erasedCounts('automation'),
];

/** Replaces the person's id in texts, e.g. that of a recipient in a step. */
function withoutPerson(
  table: string,
  columns: Readonly<Record<string, 'text' | 'jsonb'>>,
): NonNullable<ErasedTable['person']> {
  return ({ userId }) =>
    Object.entries(columns).flatMap(([column, type]) =>
      replacesText({ table, column, type }, [[literally(userId), nobody.id]]),
    );
}

/** Ids of all durable runs of the account's executions, also of those that have ended. No other run names the account. */
async function runIdsOf(database: Database, order: ErasureOrder): Promise<string[]> {
  const { rows } = await database.tenantQuery<{ id: string; generation: number }>(
    tenantOfOrder(order),
    'select id, generation from automation.executions where $1 or user_id = $2',
    [order.whole_tenant, order.user_id],
  );
  return rows.flatMap(({ id, generation: last }) =>
    Array.from({ length: last + 1 }, (_none, generation) => durableIdOf({ id, generation })),
  );
}

/**
 * Erases the account's rows and ends its executions. Nothing can be written about an execution without a row.
 */
export async function eraseAutomation(
  {
    database,
    durable,
    watches,
  }: { database: Database; durable: Pick<Durable, 'forget'>; watches: RecordWatches },
  order: ErasureOrder,
): Promise<number> {
  // Before the rows, which name the runs. Runs that go on without their rows end.
  await durable.forget(await runIdsOf(database, order));
  const erased = await eraseRows(database, erasedTables, order);
  // The workflows of a user who leaves are switched off. airtable-gateway erases the whole list of a tenant itself.
  if (erased > 0 && !order.whole_tenant) watches.shrink(tenantOfOrder(order));
  return erased;
}
