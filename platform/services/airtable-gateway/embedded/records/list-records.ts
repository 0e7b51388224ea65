import type { RecordPage, RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import type { Tenant, Transaction } from '../../../../kit/postgres/database.ts';
import { invalidFormula, staleOffset, unknownView } from '../../airtable-problem.ts';
import { compileFormula } from '../../formula/compile-formula.ts';
import { FormulaSyntaxError } from '../../formula/formula-error.ts';
import { countComments } from '../comments.ts';
import type { IndexBuilder } from '../keys/index-builder.ts';
import { haveKeysChanged } from '../keys/read-keys.ts';
import { loadTableState, loadVersions, type TableState } from '../keys/table-state.ts';
import type { Schemas } from '../schema/schemas.ts';
import { fieldNamed, findField, findTable, type StoredTable, viewNamed } from '../schema/stored-base.ts';
import type { OrderCache } from '../sorting/order-cache.ts';
import { neededKeys, type SortKey } from '../sorting/sort-keys.ts';
import { sortDependencies } from '../sorting/sort-stability.ts';
import { ComputedOrder } from './computed-order.ts';
import type { Cursors, ListIdentity, Position } from './cursor.ts';
import { createRowFilter, type RowFilter } from './filter-rows.ts';
import { groupedPage } from './grouped-page.ts';
import type { ListMetrics } from './list-metrics.ts';
import { planList } from './list-plan.ts';
import type { Page } from './page.ts';
import type { RecordRow } from './record-row.ts';
import { RowReader, type UsableIndex } from './row-reader.ts';
import type { ScanGate } from './scan-gate.ts';
import { showRecords, textFormat } from './show-records.ts';
import { ValueLoader } from './value-sources.ts';

/** What lists of a process share. */
export interface ListResources {
  schemas: Schemas;
  cursors: Cursors;
  orders: OrderCache;
  scans: ScanGate;
  indexes: Pick<IndexBuilder, 'want'>;
  metrics: ListMetrics;
  /** From this number of records on, lists are sorted and filtered by indexes. */
  indexFrom: number;
  /** Maximum size of the sort keys of a list in memory, bytes. */
  maxOrderBytes?: number;
}

export interface ListOptions extends ListResources {
  query: Transaction['query'];
  caller: Tenant;
  baseId: string;
  table: string;
  selection: RecordSelection;
  /** Milliseconds since the epoch. */
  now: number;
  signal: AbortSignal;
}

const maxPageSize = 100;

/**
 * One page of a table's records. Without `sort` the list is in the order of creation. Every page continues after the
 * last record of the page before, so records that were deleted or stopped matching meanwhile hide no others. A sorted
 * list ends when a value that decides its order has changed meanwhile. NOW() and TODAY() are the time of the first page
 * on every page.
 * @throws AirtableProblem for fields, views and formulas that do not fit the table, `LIST_RECORDS_ITERATOR_NOT_AVAILABLE`
 * for a list that could miss records, and 429 or 503 while too many lists read whole tables
 */
export async function listRecords(options: ListOptions): Promise<RecordPage> {
  const { query, selection, signal, caller } = options;
  const base = await options.schemas.load(query, options.baseId);
  const table = findTable(base, options.table);
  const fields = selection.fields?.map((name) => findField(table, name)) ?? table.fields;
  const sort = neededKeys(
    (selection.sort ?? []).map(({ field, direction }) => ({
      field: findField(table, field),
      descending: direction === 'desc',
    })),
  );
  assertView(table, selection.view);
  const text = textFormat(selection);
  const dependencies = await sortDependencies(
    base,
    table,
    sort.map(({ field }) => field),
  );
  const list: ListIdentity = {
    tenantId: caller.tenantId,
    tableId: table.id,
    selection,
    sortedBy: dependencies.fields,
  };
  const earlier = selection.offset ? options.cursors.read(selection.offset, list) : undefined;
  const now = earlier?.started ?? options.now;
  const loader = new ValueLoader(query, base, now);
  const filter = await filterOf({ ...options, now }, table, loader);
  const state = sort.length === 0 && filter === undefined ? unread : await loadTableState(query, table.id);
  const linkedVersion = await sumOfVersions(query, dependencies.tableIds);
  if (earlier !== undefined && earlier.linkedVersion !== linkedVersion) throw staleOffset();
  const plan = await planList({
    query,
    table,
    state,
    indexFrom: options.indexFrom,
    sort,
    filter,
    indexId: earlier?.indexId,
    want: (field, isComplete) =>
      options.indexes.want(
        { tenant: caller, baseId: base.id, tableId: table.id, fieldId: field.id },
        isComplete,
      ),
  });
  const position: Position = earlier ?? {
    number: 0,
    keys: [],
    given: 0,
    started: now,
    version: state.version,
    lastNumber: state.lastNumber,
    linkedVersion,
    indexId: plan.order?.id ?? 0,
  };
  const wanted = Math.min(
    selection.pageSize ?? maxPageSize,
    (selection.maxRecords ?? Number.POSITIVE_INFINITY) - position.given,
  );
  const reader = new RowReader({ query, table, filter, equal: plan.equal, signal });

  const readPage = async (): Promise<Page> => {
    if (wanted <= 0) return { rows: [], next: undefined };
    if (sort.length === 0) return unsortedPage(reader, position.number, wanted);
    const computed = {
      ...options,
      table,
      reader,
      loader,
      sort,
      dependencies,
      versions: { version: state.version, linkedVersion },
      name: options.cursors.nameOf(list, now),
      isUnchanged: state.version === position.version,
    };
    if (plan.order === undefined) return new ComputedOrder(computed).page(earlier, wanted);
    const page =
      sort.length > 1
        ? await groupedPage({
            ...computed,
            filter,
            index: plan.order,
            position: earlier,
            wanted,
            scan: (work) => (plan.mayScan ? work() : options.scans.run(caller.tenantId, signal, work)),
          })
        : await indexedPage(reader, plan.order, { position: earlier, sort, wanted });
    // Also a change while the page was read could have moved a record.
    if (
      (earlier !== undefined || page.isFromSeveralReads) &&
      (await haveKeysChanged(query, plan.order, position))
    )
      throw staleOffset();
    return page;
  };
  options.metrics.listed(sort.length === 0 ? 'creation' : plan.order ? 'index' : 'computed');
  const { rows, next } = plan.mayScan
    ? await options.scans.run(caller.tenantId, signal, readPage)
    : await readPage();

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
  return { records, offset: options.cursors.write({ ...position, ...next, given }, list) };
}

/** For lists that need no index: an offset of theirs has no version. */
const unread: TableState = { version: 0, lastNumber: 0, indexes: [] };

async function sumOfVersions(query: Transaction['query'], tableIds: readonly string[]): Promise<number> {
  const versions = await loadVersions(query, tableIds);
  return [...versions.values()].reduce((sum, version) => sum + version, 0);
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

async function unsortedPage(reader: RowReader, after: number, wanted: number): Promise<Page> {
  const rows: RecordRow[] = [];
  for await (const { kept } of reader.inOrderOfCreation(after, wanted)) {
    rows.push(...kept);
    const last = rows[wanted - 1];
    if (rows.length > wanted && last !== undefined)
      return { rows: rows.slice(0, wanted), next: { number: last.number, keys: [] } };
  }
  return { rows, next: undefined };
}

async function indexedPage(
  reader: RowReader,
  index: UsableIndex,
  { position, sort, wanted }: { position: Position | undefined; sort: readonly SortKey[]; wanted: number },
): Promise<Page & { isFromSeveralReads: boolean }> {
  const rows: { row: RecordRow; key: Position['keys'][number] }[] = [];
  let reads = 0;
  const batches = reader.inOrderOf(index, {
    after: position && { number: position.number, key: position.keys[0] ?? null },
    descending: sort[0]?.descending === true,
    wanted,
  });
  for await (const { kept, keys } of batches) {
    reads += 1;
    for (const row of kept) rows.push({ row, key: keys.get(row.number) ?? null });
    if (rows.length > wanted) break;
  }
  const last = rows.length > wanted ? rows[wanted - 1] : undefined;
  return {
    rows: rows.slice(0, wanted).map(({ row }) => row),
    next: last && { number: last.row.number, keys: [last.key] },
    isFromSeveralReads: reads > 1,
  };
}
