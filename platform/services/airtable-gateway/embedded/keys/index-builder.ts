import { LRUCache } from 'lru-cache';
import type { Log } from '../../../../kit/observe/log.ts';
import type { Database, Tenant, Transaction } from '../../../../kit/postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../../../../kit/service/recurring-work.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { keyTableOf } from './record-key.ts';
import { storedKeys, storeKeys } from './write-keys.ts';

/** Number of records whose keys one transaction stores. Meanwhile the writers of the base wait. */
const batchSize = 1_000;
/** Number of keys of dropped indexes that one transaction deletes. */
const purgeSize = 5_000;
/** Maximum number of indexes of a table: each makes writing slower. */
const maxIndexes = 12;
/** An index that no list or upsert has used for so long is dropped when another one is wanted. */
const unusedAfter = '30 days';
/** How long the use of an index needs no second note, milliseconds. */
const notedForMs = 3_600_000;
/** How long a field that got no index is not tried again, milliseconds. */
const refusedForMs = 600_000;
/** Maximum number of wishes that wait. More are forgotten: the next list that needs them repeats them. */
const maxWishes = 1_000;

/** A field whose keys should be stored. */
export interface IndexWish {
  tenant: Tenant;
  baseId: string;
  tableId: string;
  fieldId: string;
}

export interface IndexBuilder {
  /**
   * Stores the keys of a field in the background, or continues to; of a complete index it notes the use. Returns at once
   * and never throws. Most calls do nothing: each page of a list makes one.
   */
  want(wish: IndexWish, isComplete: boolean): void;
  readonly work: RecurringWork;
}

/**
 * Stores the keys of fields in the background: first what is sorted, filtered or merged by, never what nobody asks for,
 * because every index makes writing slower. Writers wait for one batch at most. Several instances may build the same
 * index: each continues where the last batch ended.
 */
export function createIndexBuilder({ database, log }: { database: Database; log: Log }): IndexBuilder {
  const wishes = new Map<string, IndexWish>();
  /** Fields whose use has been noted, and fields that got no index. */
  const noted = new LRUCache<string, true>({ max: 10_000, ttl: notedForMs });
  const refused = new LRUCache<string, true>({ max: 10_000, ttl: refusedForMs });

  const work = createRecurringWork({
    name: 'storing keys of records',
    log,
    async work(signal) {
      for (const [key, wish] of wishes) {
        const startedAt = performance.now();
        const { stored, isComplete } = await build(database, wish, signal);
        if (signal.aborted) return;
        wishes.delete(key);
        (isComplete ? noted : refused).set(key, true);
        if (stored === 0) continue;
        await database.withTenant(wish.tenant, (tx) => tx.query('select airtable.analyze_keys()'));
        log.info(
          {
            table: wish.tableId,
            field: wish.fieldId,
            keys: stored,
            ms: Math.round(performance.now() - startedAt),
          },
          'stored the keys of a field',
        );
      }
    },
  });
  return {
    want(wish, isComplete) {
      const key = `${wish.tenant.tenantId} ${wish.fieldId}`;
      if ((isComplete ? noted : refused).has(key)) return;
      if (wishes.has(key) || wishes.size >= maxWishes) return;
      wishes.set(key, wish);
      work.wake();
    },
    work,
  };
}

/** @returns the number of keys that were stored, and whether the index is complete: otherwise the field gets none */
async function build(
  database: Database,
  wish: IndexWish,
  signal: AbortSignal,
): Promise<{ stored: number; isComplete: boolean }> {
  const inTenant = <T>(step: (tx: Transaction) => Promise<T>) => database.withTenant(wish.tenant, step);
  while (!signal.aborted && (await inTenant((tx) => purgeDropped(tx, wish)))) {
    // The next batch of keys is deleted.
  }
  let total = 0;
  while (!signal.aborted) {
    const stored = await inTenant((tx) => storeBatch(tx, wish));
    if (typeof stored === 'string') return { stored: total, isComplete: stored === 'complete' };
    total += stored;
  }
  return { stored: total, isComplete: false };
}

/** @returns whether more may be left */
async function purgeDropped(tx: Transaction, { tableId }: IndexWish): Promise<boolean> {
  const dropped = 'select id from airtable.key_indexes where table_id = $1 and dropped';
  for (const keys of ['text_keys', 'number_keys']) {
    const { rowCount } = await tx.query(
      `delete from airtable.${keys} where (index_id, number) in (
         select index_id, number from airtable.${keys} where index_id in (${dropped}) limit $2)`,
      [tableId, purgeSize],
    );
    if (rowCount >= purgeSize) return true;
  }
  await tx.query('delete from airtable.key_indexes where table_id = $1 and dropped', [tableId]);
  return false;
}

/** @returns the number of keys stored, or why there is nothing to store */
async function storeBatch(tx: Transaction, wish: IndexWish): Promise<number | 'complete' | 'refused'> {
  const { tenant, baseId, tableId, fieldId } = wish;
  await tx.query('select id from airtable.bases where id = $1 for no key update', [baseId]);
  const { rows: fields } = await tx.query<StoredField & { version: number }>(
    `select f.id, f.name, f.type, f.description, f.options, t.version
     from airtable.fields f join airtable.tables t on t.id = f.table_id
     where f.id = $1 and t.id = $2 and t.base_id = $3`,
    [fieldId, tableId, baseId],
  );
  const field = fields[0];
  const keys = field && keyTableOf(field);
  if (field === undefined || keys === undefined) return 'refused';
  const index = await findOrCreate(tx, wish);
  if (index === undefined) return 'refused';
  if (index.built_to === null) return 'complete';

  const { rows } = await tx.query<{ number: number; cell: unknown }>(
    `select number, cells -> $3 as cell from airtable.records
     where table_id = $1 and number > $2 order by number limit $4`,
    [tableId, index.built_to, fieldId, batchSize],
  );
  const keyOf = storedKeys(field);
  await storeKeys(
    { tx, tenantId: tenant.tenantId },
    { indexId: index.id, table: keys },
    rows.map(({ number, cell }) => ({ number, key: keyOf(cell), version: field.version })),
    // A writer has stored a newer key.
    'do nothing',
  );
  const last = rows.length < batchSize ? null : rows.at(-1)?.number;
  await tx.query('update airtable.key_indexes set built_to = $2 where id = $1', [index.id, last]);
  return rows.length;
}

interface BuiltIndex {
  id: number;
  built_to: number | null;
}

/** The index of the field; undefined when the table has the maximum number, all of which are in use. */
async function findOrCreate(tx: Transaction, wish: IndexWish): Promise<BuiltIndex | undefined> {
  const { tenant, baseId, tableId, fieldId } = wish;
  const { rows } = await tx.query<BuiltIndex & { field_id: string; unused: boolean }>(
    `select id, built_to, field_id, used_at < now() - $2::interval as unused from airtable.key_indexes
     where table_id = $1 and not dropped order by used_at`,
    [tableId, unusedAfter],
  );
  const known = rows.find((row) => row.field_id === fieldId);
  if (known !== undefined) {
    await tx.query(
      `update airtable.key_indexes set used_at = now() where id = $1 and used_at < now() - interval '1 day'`,
      [known.id],
    );
    return known;
  }
  const unused = rows.filter((row) => row.unused).map(({ id }) => id);
  if (unused.length > 0)
    await tx.query('update airtable.key_indexes set dropped = true where id = any($1)', [unused]);
  if (rows.length - unused.length >= maxIndexes) return undefined;
  const created = await tx.query<BuiltIndex>(
    `insert into airtable.key_indexes (tenant_id, base_id, table_id, field_id) values ($1, $2, $3, $4)
     returning id, built_to`,
    [tenant.tenantId, baseId, tableId, fieldId],
  );
  return created.rows[0];
}
