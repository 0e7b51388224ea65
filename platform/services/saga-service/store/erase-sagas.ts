import type { Redis } from 'ioredis';
import type { ErasureOrder } from '../../../contracts/erasure.ts';
import type { Durable } from '../../../kit/durable/durable.ts';
import { eraseRows, tenantOfOrder } from '../../../kit/erasure/erase.ts';
import type { ErasedTable } from '../../../kit/erasure/erased-table.ts';
import { eventStreamKey } from '../../../kit/events/publish-event.ts';
import { erasedKeys } from '../../../kit/idempotency/erased-keys.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { runIdOf } from './saga-row.ts';

/** How the deletion of an account changes the rows of each table. Sagas go with the user who started them. */
export const erasedTables: readonly ErasedTable[] = [
  erasedKeys('sagas'),
  {
    table: 'sagas.sagas',
    tenant: { text: 'select sagas.erase_sagas(null) as erased' },
    person: ({ userId }) => [{ text: 'select sagas.erase_sagas($1) as erased', values: [userId] }],
  },
  { table: 'sagas.steps', tenant: 'cascade' },
  { table: 'sagas.events', tenant: 'cascade' },
];

/** Number of events of the stream that are read at once. */
const batchSize = 5_000;

/** Deletes events of the account. They name it, and those not handled yet would start sagas. */
async function eraseEvents(
  redis: Redis,
  { tenant_id, user_id, whole_tenant }: ErasureOrder,
): Promise<number> {
  const [field, value] = whole_tenant ? ['tenant_id', tenant_id] : ['user_id', user_id];
  let erased = 0;
  for (let from = '-'; ; ) {
    const entries = await redis.xrange(eventStreamKey, from, '+', 'COUNT', batchSize);
    const found = entries.filter(([, fields]) => fields[fields.indexOf(field) + 1] === value);
    if (found.length > 0) erased += await redis.xdel(eventStreamKey, ...found.map(([id]) => id));
    if (entries.length < batchSize) return erased;
    from = `(${entries.at(-1)?.[0]}`;
  }
}

export interface EraseSagasDeps {
  database: Database;
  redis: Redis;
  durable: Pick<Durable, 'forget'>;
}

/** Ids of all durable runs of the account's sagas, also of those that have ended. */
async function runIdsOf(database: Database, order: ErasureOrder): Promise<string[]> {
  const { rows } = await database.tenantQuery<{ id: string; run: number }>(
    tenantOfOrder(order),
    'select id, run from sagas.sagas where $1 or started_by = $2',
    [order.whole_tenant, order.user_id],
  );
  return rows.flatMap(({ id: sagaId, run: last }) =>
    Array.from({ length: last }, (_none, index) => runIdOf({ tenantId: order.tenant_id, sagaId }, index + 1)),
  );
}

/** Stops the account's sagas without compensation, since everything that it could undo is erased too. */
export async function eraseSagas(deps: EraseSagasDeps, order: ErasureOrder): Promise<number> {
  const events = await eraseEvents(deps.redis, order);
  // Before the rows, which name the runs. Runs that go on without their rows end.
  await deps.durable.forget(await runIdsOf(deps.database, order));
  return events + (await eraseRows(deps.database, erasedTables, order));
}
