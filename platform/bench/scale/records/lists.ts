import type { RecordPage, RecordSelection } from '../../../contracts/airtable-gateway/records.ts';
import type { Outcome } from '../suite.ts';
import type { FilledTable } from './filled-table.ts';
import { timed } from './timed.ts';

const pageSize = 100;
/** Maximum time for reading all pages, milliseconds. */
const allPagesLimitMs = 120_000;

function idsOf(records: readonly { id: string }[]): string[] {
  return records.map(({ id }) => id);
}

export function readPage(table: FilledTable, selection: RecordSelection): Promise<RecordPage> {
  return table.api.call('POST', `${table.recordsUrl}/listRecords`, { pageSize, ...selection });
}

/** One page. `result` is the ids in order. */
export async function measurePage(table: FilledTable, selection: RecordSelection): Promise<Outcome> {
  const { value, returned } = await timed(() => readPage(table, selection));
  return { value, result: idsOf(returned.records) };
}

/** A statement that reads records. `result` is the ids in order. */
export async function measureRecordsSql(
  { sql }: FilledTable,
  text: string,
  values: readonly unknown[],
): Promise<Outcome> {
  const { value, returned } = await timed(() => sql.query<{ id: string }>(text, [...values]));
  return { value, result: idsOf(returned.rows) };
}

/**
 * Skips pages of a list.
 * @param limitMs after it the walk stops early, milliseconds
 * @returns the offset of the page after the last skipped one, and its number, from 0
 */
export async function skipPages(
  table: FilledTable,
  selection: RecordSelection,
  { pages, limitMs }: { pages: number; limitMs: number },
): Promise<{ offset: string | undefined; page: number }> {
  const end = performance.now() + limitMs;
  let offset: string | undefined;
  let page = 0;
  while (page < pages && performance.now() < end) {
    ({ offset } = await readPage(table, { ...selection, ...(offset === undefined ? {} : { offset }) }));
    if (offset === undefined) throw new Error(`the list ended after ${page + 1} pages`);
    page += 1;
  }
  return { offset, page };
}

/** All pages of a list. `result` is the ids of all records, sorted: the floor reads in another order. */
export async function measureAllPages(table: FilledTable, selection: RecordSelection): Promise<Outcome> {
  const started = performance.now();
  const ids: string[] = [];
  let offset: string | undefined;
  let pages = 0;
  do {
    const page = await readPage(table, { ...selection, ...(offset === undefined ? {} : { offset }) });
    ids.push(...idsOf(page.records));
    ({ offset } = page);
    pages += 1;
    const value = performance.now() - started;
    if (offset !== undefined && value > allPagesLimitMs)
      return { value, stopped: `after page ${pages} of ${Math.ceil(table.size / pageSize)}` };
  } while (offset !== undefined);
  return { value: performance.now() - started, result: ids.sort() };
}

/** All records by pages of 100, each after the last number of the page before. `result` is the ids, sorted. */
export async function measureAllPagesSql({ sql, tableId }: FilledTable): Promise<Outcome> {
  const started = performance.now();
  const ids: string[] = [];
  let number = 0;
  for (let isLast = false; !isLast; ) {
    const { rows } = await sql.query<{ id: string; number: string }>({
      name: 'scale_page',
      text: 'select id, number, cells from airtable.records where table_id = $1 and number > $2 order by number limit $3',
      values: [tableId, number, pageSize],
    });
    ids.push(...idsOf(rows));
    number = Number(rows.at(-1)?.number);
    isLast = rows.length < pageSize;
  }
  return { value: performance.now() - started, result: ids.sort() };
}
