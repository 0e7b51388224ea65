import type { RecordPage, RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import type { Transaction } from '../../../../kit/postgres/database.ts';
import { invalidFormula, staleOffset, unknownView } from '../../airtable-problem.ts';
import { compileFormula } from '../../formula/compile-formula.ts';
import { FormulaSyntaxError } from '../../formula/formula-error.ts';
import { countComments } from '../comments.ts';
import { loadBase } from '../schema/load-base.ts';
import { fieldNamed, findField, findTable, type StoredTable, viewNamed } from '../schema/stored-base.ts';
import type { Cursors, ListIdentity, Position } from './cursor.ts';
import { createRowFilter, type RowFilter } from './filter-rows.ts';
import { loadRows, loadRowsAfter, type RecordRow } from './record-row.ts';
import { showRecords, textFormat } from './show-records.ts';
import { compareRows, type Sortable, type SortKey, sortRows, toSortable } from './sort-rows.ts';
import { haveChanged, mayHaveMoved, type SortDependencies, sortDependencies } from './sort-stability.ts';
import { ValueLoader } from './value-sources.ts';

export interface ListOptions {
  query: Transaction['query'];
  tenantId: string;
  baseId: string;
  table: string;
  selection: RecordSelection;
  cursors: Cursors;
  /** Milliseconds since the epoch. */
  now: number;
  signal: AbortSignal;
}

const maxPageSize = 100;
/** Number of records read at once while filtering or sorting. */
const batchSize = 200;

interface Page {
  rows: RecordRow[];
  /** The last record of the page; undefined on the last page. */
  next: Pick<Position, 'number' | 'keys'> | undefined;
}

/**
 * One page of a table's records. Without `sort` the list is in the order of creation. Every page continues after the
 * last record of the page before, so records that were deleted or stopped matching meanwhile hide no others. With
 * `sort` the whole list is computed again for every page; it ends when a value that decides the order has changed
 * meanwhile. NOW() and TODAY() are the time of the first page on every page.
 * @throws AirtableProblem for fields, views and formulas that do not fit the table, and
 * `LIST_RECORDS_ITERATOR_NOT_AVAILABLE` for a list that could miss records
 */
export async function listRecords(options: ListOptions): Promise<RecordPage> {
  const { query, selection, signal } = options;
  const base = await loadBase(query, options.baseId);
  const table = findTable(base, options.table);
  const fields = selection.fields?.map((name) => findField(table, name)) ?? table.fields;
  const sort = (selection.sort ?? []).map(
    ({ field, direction }): SortKey => ({ field: findField(table, field), descending: direction === 'desc' }),
  );
  assertView(table, selection.view);
  const text = textFormat(selection);
  const dependencies = await sortDependencies(
    base,
    table,
    sort.map(({ field }) => field),
  );
  const list: ListIdentity = {
    tenantId: options.tenantId,
    tableId: table.id,
    selection,
    sortedBy: dependencies.fields,
  };
  const position: Position = selection.offset
    ? options.cursors.read(selection.offset, list)
    : { number: 0, keys: [], given: 0, started: options.now };
  const isFirst = !selection.offset;
  if (!isFirst && (await haveChanged(query, dependencies.tableIds, position.started))) throw staleOffset();

  const now = position.started;
  const loader = new ValueLoader(query, base, now);
  const filter = await filterOf({ ...options, now }, table, loader);
  const wanted = Math.min(
    selection.pageSize ?? maxPageSize,
    (selection.maxRecords ?? Number.POSITIVE_INFINITY) - position.given,
  );
  const reader = new PageReader({ query, table, loader, filter, signal });
  const { rows, next } =
    sort.length === 0
      ? await reader.inOrderOfCreation(position.number, wanted)
      : await reader.sorted({ sort, dependencies }, isFirst ? undefined : position, wanted);

  const records = await showRecords(rows, loader, {
    fields,
    byFieldId: selection.returnFieldsByFieldId === true,
    text,
    comments: selection.recordMetadata?.includes('commentCount')
      ? await countComments(
          query,
          rows.map(({ id }) => id),
        )
      : undefined,
  });
  const given = position.given + rows.length;
  if (next === undefined || given >= (selection.maxRecords ?? Number.POSITIVE_INFINITY)) return { records };
  return { records, offset: options.cursors.write({ ...next, given, started: now }, list) };
}

function assertView(table: StoredTable, view: string | undefined): void {
  if (view === undefined || view === '') return;
  if (viewNamed(table, view) === undefined) throw unknownView(view);
}

async function filterOf(
  { selection, now, signal }: ListOptions,
  table: StoredTable,
  loader: ValueLoader,
): Promise<RowFilter | undefined> {
  const source = selection.filterByFormula?.trim() ?? '';
  if (source === '') return undefined;
  try {
    const formula = await compileFormula(source, { fieldId: (name) => fieldNamed(table, name)?.id });
    return createRowFilter({ formula, table, loader, now, signal });
  } catch (error) {
    if (error instanceof FormulaSyntaxError) throw invalidFormula(error.message, error.at);
    throw error;
  }
}

interface PageSource {
  query: Transaction['query'];
  table: StoredTable;
  loader: ValueLoader;
  filter: RowFilter | undefined;
  signal: AbortSignal;
}

class PageReader {
  readonly #source: PageSource;

  constructor(source: PageSource) {
    this.#source = source;
  }

  /** Batches of matching rows. `last` is the number of the last row read. */
  async *#batches(start: number, size: number): AsyncGenerator<{ kept: RecordRow[]; last: number }> {
    const { query, table, filter, signal } = this.#source;
    for (let number = start; ; ) {
      signal.throwIfAborted();
      const rows = await loadRowsAfter(query, table.id, {
        number,
        limit: size,
        clauses: filter?.clauses ?? [],
      });
      const last = rows.at(-1)?.number;
      if (last === undefined) return;
      yield { kept: filter === undefined ? rows : await filter.keep(rows), last };
      if (rows.length < size) return;
      number = last;
    }
  }

  async inOrderOfCreation(start: number, wanted: number): Promise<Page> {
    if (wanted <= 0) return { rows: [], next: undefined };
    const rows: RecordRow[] = [];
    // One extra row shows whether there is a next page.
    const size = this.#source.filter === undefined ? wanted + 1 : batchSize;
    for await (const { kept } of this.#batches(start, size)) {
      rows.push(...kept);
      const last = rows[wanted - 1];
      if (rows.length > wanted && last !== undefined)
        return { rows: rows.slice(0, wanted), next: { number: last.number, keys: [] } };
    }
    return { rows, next: undefined };
  }

  /** @throws AirtableProblem when a record may have moved since the first page: it could be missed or given twice */
  async sorted(
    { sort, dependencies }: { sort: readonly SortKey[]; dependencies: SortDependencies },
    after: Position | undefined,
    wanted: number,
  ): Promise<Page> {
    const { query, table, loader } = this.#source;
    const rest: Sortable[] = [];
    const fields = sort.map(({ field }) => field);
    for await (const { kept } of this.#batches(0, batchSize)) {
      const values = await loader.load(kept, fields);
      for (const row of kept) {
        if (after !== undefined && mayHaveMoved(row, dependencies, after.started)) throw staleOffset();
        const sortable = toSortable(row, values, sort);
        if (after === undefined || compareRows(after, sortable, sort) < 0) rest.push(sortable);
      }
    }
    const page = sortRows(rest, sort).slice(0, Math.max(wanted, 0));
    const rows = await loadRows(
      query,
      table.id,
      page.map(({ id }) => id),
    );
    const last = page.at(-1);
    return { rows, next: rest.length > page.length && last !== undefined ? last : undefined };
  }
}
