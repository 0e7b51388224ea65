import type { Transaction } from '../../../../kit/postgres/database.ts';
import { busyWithScans } from '../../airtable-problem.ts';
import { loadTableState } from '../keys/table-state.ts';
import type { StoredTable } from '../schema/stored-base.ts';
import {
  byPlace,
  cellsJson,
  itemValues,
  matchCondition,
  search,
  type Wanted,
  wantedItems,
} from './search-records.ts';

/** Number of record numbers that one statement of a scan looks at. */
const scanLength = 5_000;
/** Matches that are kept besides those asked for: another write may take some away. */
const spare = 8;
/** Maximum number of scans of one request. Meanwhile the keys of the fields are being stored. */
const maxScans = 12;

/** Thrown while the base is locked. The writer must release the lock, call `EarlierMatches.scan`, and start again. */
export class ScanNeeded extends Error {
  override readonly name = 'ScanNeeded';
  readonly table: StoredTable;
  readonly items: readonly Wanted[];

  constructor(table: StoredTable, items: readonly Wanted[]) {
    super(`records of ${table.id} must be looked for before its base is locked`);
    this.table = table;
    this.items = items;
  }
}

interface Matches {
  ids: readonly string[];
  /** Whether these are all. */
  isAll: boolean;
  /** Version of the table before it was read. */
  version: number;
}

/**
 * Records that were looked for in whole large tables before the base was locked, so that other writers of the base do not
 * wait for that.
 */
export class EarlierMatches {
  readonly #matches = new Map<string, Matches>();
  #scans = 0;

  /**
   * Looks through the table for what was missing. The base must not be locked.
   * @throws AirtableProblem (503) when the request has needed too many scans
   */
  async scan(query: Transaction['query'], { table, items }: ScanNeeded, signal: AbortSignal): Promise<void> {
    this.#scans += 1;
    if (this.#scans > maxScans) throw busyWithScans();
    const { version, lastNumber } = await loadTableState(query, table.id);
    // Items with a value in the same field are compared by it: PostgreSQL reads the records once for all of them.
    for (const [fieldId, ofField] of Map.groupBy(items, (item) => firstField(item))) {
      const found = ofField.map((): string[] => []);
      for (let after = 0; after < lastNumber && !found.every(isFull); after += scanLength) {
        signal.throwIfAborted();
        const matches = await scanPart(query, table.id, { items: ofField, fieldId, after });
        for (const [place, ids] of matches.entries()) found[place]?.push(...ids);
      }
      for (const [place, item] of ofField.entries()) {
        const ids = found[place] ?? [];
        this.#matches.set(keyOf(table, item), { ids: ids.slice(0, kept), isAll: !isFull(ids), version });
      }
    }
  }

  /**
   * Looks at the found records again, and at those that have changed since. The base must be locked.
   * @param options.version of the table
   * @returns ids of the first `limit` records of each item
   * @throws ScanNeeded for items that were not looked for
   */
  async confirm(
    query: Transaction['query'],
    table: StoredTable,
    { items, version, limit }: { items: readonly Wanted[]; version: number; limit: number },
  ): Promise<string[][]> {
    const matches = items.map((item) => this.#matches.get(keyOf(table, item)));
    if (!matches.every((match) => match !== undefined))
      throw new ScanNeeded(
        table,
        items.filter((_item, index) => matches[index] === undefined),
      );
    if (matches.every((match) => match.version === version))
      return matches.map(({ ids }) => ids.slice(0, limit));
    const changed = await changedSince(query, table.id, Math.min(...matches.map((match) => match.version)));
    const among = [...new Set([...changed, ...matches.flatMap(({ ids }) => ids)])];
    const found = await search(query, table.id, { items, among, limit });
    const lost = items.filter((_item, index) => {
      const isKnown = matches[index]?.isAll === true || (found[index]?.length ?? 0) >= limit;
      return !isKnown;
    });
    if (lost.length > 0) throw new ScanNeeded(table, lost);
    return found;
  }
}

const kept = 2 + spare;

function isFull(ids: readonly string[]): boolean {
  return ids.length >= kept;
}

function keyOf({ id }: StoredTable, item: Wanted): string {
  return JSON.stringify([id, cellsJson(item), item.empty, item.except]);
}

function firstField({ cells }: Wanted): string | undefined {
  return cells.keys().next().value?.id;
}

/** Matches among the records behind a number. */
async function scanPart(
  query: Transaction['query'],
  tableId: string,
  { items, fieldId, after }: { items: readonly Wanted[]; fieldId: string | undefined; after: number },
): Promise<string[][]> {
  const { rows } = await query<{ place: number; id: string }>(
    `select w.place::integer, r.id
     from airtable.records r join ${wantedItems}
       on ${fieldId === undefined ? '$8::text is null' : '(r.cells -> $8::text) = (w.cells -> $8::text)'}
       and ${matchCondition}
     where r.table_id = $1 and r.number > $6 and r.number <= $7
     order by r.number`,
    [tableId, ...itemValues(items), after, after + scanLength, fieldId ?? null],
  );
  return byPlace(items, rows);
}

/** Ids of the records that were created or changed since the table had this version. */
async function changedSince(
  query: Transaction['query'],
  tableId: string,
  version: number,
): Promise<string[]> {
  const { rows } = await query<{ id: string }>(
    {
      name: 'airtable_records_changed',
      text: 'select id from airtable.records where table_id = $1 and version > $2 and version > 0',
    },
    [tableId, version],
  );
  return rows.map(({ id }) => id);
}
