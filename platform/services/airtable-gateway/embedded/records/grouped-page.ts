import { staleOffset } from '../../airtable-problem.ts';
import { type IndexedRecord, readInOrder } from '../keys/read-keys.ts';
import type { Key } from '../keys/record-key.ts';
import { comparePlaces, keysFor } from '../sorting/sort-keys.ts';
import { mayHaveMoved } from '../sorting/sort-stability.ts';
import { ComputedOrder, type ComputedOrderOptions } from './computed-order.ts';
import type { Position } from './cursor.ts';
import type { RowFilter } from './filter-rows.ts';
import type { Page } from './page.ts';
import type { RecordRow } from './record-row.ts';
import { RowReader, type UsableIndex } from './row-reader.ts';

/** Maximum size of a group that every page reads again. The order of a larger one is kept. */
const maxSmallGroup = 400;
/** Maximum size of a group whose reading is not a scan. */
const maxGroup = 2_000;
const maxBatch = 1_600;

export interface GroupedPageOptions extends ComputedOrderOptions {
  /** The index of the first field. */
  index: UsableIndex;
  filter: RowFilter | undefined;
  /** The last record of the page before. */
  position: Position | undefined;
  wanted: number;
  /** Runs work that reads much of the table. */
  scan<T>(work: () => Promise<T>): Promise<T>;
}

/** Records with the same key in the first field. */
interface Group {
  key: Key;
  /** Those of too large a group are not all here. */
  numbers: number[];
  /** Whether the page before ended in this group. */
  isContinued: boolean;
}

interface Found {
  row: RecordRow;
  key: Key;
}

/**
 * A page of a list that is sorted by several fields, the first of which has an index: groups of records with the same
 * key are read in the order of the index, and each is sorted by the other fields.
 * @throws AirtableProblem when a record may have moved within the group in which the page before ended
 */
export async function groupedPage(
  options: GroupedPageOptions,
): Promise<Page & { isFromSeveralReads: boolean }> {
  const { wanted } = options;
  const found: Found[] = [];
  let reads = 0;
  for await (const groups of readGroups(options)) {
    for (const part of partsOf(groups, partSize(options))) {
      reads += 1;
      const [first] = part;
      const isLarge = first !== undefined && first.numbers.length > maxSmallGroup;
      const rows = isLarge
        ? await readLarge(options, first, wanted + 1 - found.length)
        : await readSmall(options, part);
      for (const row of rows) found.push(row);
      if (found.length > wanted) break;
    }
    if (found.length > wanted) break;
  }
  const last = found.length > wanted ? found[wanted - 1] : undefined;
  return {
    rows: found.slice(0, wanted).map(({ row }) => row),
    next: last && { number: last.row.number, keys: await keysOf(options, last) },
    isFromSeveralReads: reads > 1,
  };
}

/** Number of records that are loaded together: without a filter, they fill the page. */
function partSize({ filter, wanted }: GroupedPageOptions): number {
  return filter === undefined ? wanted + 1 : 200;
}

/** Large groups alone, and small ones that follow each other together. */
function partsOf(groups: readonly Group[], size: number): Group[][] {
  const parts: Group[][] = [];
  let room = 0;
  for (const group of groups) {
    const length = group.numbers.length;
    const isLarge = length > maxSmallGroup;
    if (isLarge || room <= 0) parts.push([group]);
    else parts.at(-1)?.push(group);
    room = isLarge ? 0 : (room <= 0 ? size : room) - length;
  }
  return parts;
}

/** Whole groups, from that of the position on. Of one with more than `maxGroup` records, only the beginning is read. */
async function* readGroups(options: GroupedPageOptions): AsyncGenerator<Group[]> {
  const { query, index, sort, position, signal } = options;
  let after: IndexedRecord | undefined = position && { key: position.keys[0] ?? null, number: 0 };
  let open: Group | undefined;
  for (let limit = 2 * partSize(options); ; limit = Math.min(limit * 2, maxBatch)) {
    signal.throwIfAborted();
    const descending = sort[0]?.descending === true;
    const entries = await readInOrder(query, index, { after, descending, limit });
    const groups: Group[] = [];
    for (const { key, number, tied } of entries) {
      if (open !== undefined && tied) open.numbers.push(number);
      else {
        if (open !== undefined) groups.push(open);
        open = { key, numbers: [number], isContinued: tied };
      }
    }
    after = entries.at(-1) ?? after;
    const isEnd = entries.length < limit;
    if (open !== undefined && (isEnd || open.numbers.length > maxGroup)) {
      groups.push(open);
      after = { key: open.key, number: Number.MAX_SAFE_INTEGER };
      open = undefined;
    }
    if (groups.length > 0) yield groups;
    if (isEnd) return;
  }
}

async function readSmall(options: GroupedPageOptions, groups: readonly Group[]): Promise<Found[]> {
  const { reader, loader, position, dependencies, isUnchanged } = options;
  const others = options.sort.slice(1);
  const kept = await reader.numbered(groups.flatMap((group) => group.numbers));
  const values = await loader.load(
    kept,
    others.map(({ field }) => field),
  );
  const keys = keysFor(others);
  const places = new Map(
    kept.map((row) => [row.number, { row, number: row.number, keys: keys(row, values) }]),
  );
  return groups.flatMap((group) => {
    const members = group.numbers.flatMap((number) => places.get(number) ?? []);
    members.sort((a, b) => comparePlaces(a, b, others));
    const before = group.isContinued ? position : undefined;
    if (before === undefined) return members.map(({ row }) => ({ row, key: group.key }));
    if (!isUnchanged && members.some(({ row }) => mayHaveMoved(row, dependencies, before.started)))
      throw staleOffset();
    const end = { number: before.number, keys: before.keys.slice(1) };
    return members
      .filter((member) => comparePlaces(member, end, others) > 0)
      .map(({ row }) => ({ row, key: group.key }));
  });
}

async function readLarge(options: GroupedPageOptions, group: Group, wanted: number): Promise<Found[]> {
  const { query, table, filter, index, signal, position, sort, name } = options;
  const order = new ComputedOrder({
    ...options,
    reader: new RowReader({ query, table, filter, equal: { index, wanted: [group.key] }, signal }),
    sort: sort.slice(1),
    name: `${name}/${typeof group.key} ${group.key}`,
  });
  const after = group.isContinued && position ? { ...position, keys: position.keys.slice(1) } : undefined;
  const read = () => order.page(after, wanted);
  const { rows } = group.numbers.length > maxGroup ? await options.scan(read) : await read();
  return rows.map((row) => ({ row, key: group.key }));
}

async function keysOf({ loader, sort }: GroupedPageOptions, { row, key }: Found): Promise<Key[]> {
  const others = sort.slice(1);
  const values = await loader.load(
    [row],
    others.map(({ field }) => field),
  );
  return [key, ...keysFor(others)(row, values)];
}
