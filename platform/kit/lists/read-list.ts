import { countedEntries, type Paged, type Paging } from '../../contracts/paging.ts';
import type { Database } from '../postgres/database.ts';
import type { NamedStatement, Rows, Tenant } from '../postgres/tenant-statement.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { ListDefinition } from './list-definition.ts';
import { countColumn, type ListRequest, listStatement, positionColumn } from './list-statement.ts';

type QueryAsTenant = <Row extends object>(
  statement: NamedStatement,
  values: readonly unknown[],
) => Promise<Rows<Row>>;

/** Runs a statement as a tenant in a transaction of its own, where the planner obeys `readsInOrder`. */
export function asTenant(database: Pick<Database, 'tenantQuery'>, tenant: Tenant): QueryAsTenant {
  return (statement, values) => database.tenantQuery(tenant, statement, values);
}

export interface ListPage<Entry> extends Paged {
  entries: Entry[];
}

type Row = Record<string, unknown>;

/**
 * One page of a list. It reads a page of rows, and on a page without a cursor at most `countedEntries` for the total,
 * however many there are. A page by its number also reads the pages before.
 * @throws ProblemError `validation_failed` for a text that is no cursor of this list
 */
export async function readList<Entry extends object>(
  query: QueryAsTenant,
  list: ListDefinition,
  { cursor, ...request }: Omit<ListRequest, 'after'> & Pick<Paging, 'cursor'>,
): Promise<ListPage<Entry>> {
  const { page, page_size } = request;
  const after = cursor === undefined ? undefined : decodeCursor(list, cursor);
  const { statement, values } = listStatement(list, { ...request, after });
  const { rows } = await query<Row>(statement, values);
  const counted = after?.counted ?? Number(rows[0]?.[countColumn] ?? 0);
  // A sort key is never null in an entry; it is in the row that only has the count.
  const found = rows.filter((row) => row[positionColumn(0)] !== null);
  const shown = found.slice(0, page_size);
  const last = found.length > page_size ? shown.at(-1) : undefined;
  const before = after === undefined ? (page - 1) * page_size : 0;
  const keysOf = (row: Row) => list.sortedBy.map((_, index) => String(row[positionColumn(index)]));
  return {
    entries: withoutListColumns(shown, list) as Entry[],
    total: Math.max(Math.min(counted, countedEntries), found.length === 0 ? 0 : before + found.length),
    total_is_minimum: counted > countedEntries,
    page,
    page_size,
    next_cursor: last === undefined ? null : encodeCursor(list, { counted, keys: keysOf(last) }),
  };
}

function withoutListColumns(rows: readonly Row[], { sortedBy }: ListDefinition): Row[] {
  const hidden = new Set([countColumn, ...sortedBy.map((_, index) => positionColumn(index))]);
  const columns = Object.keys(rows[0] ?? {}).filter((column) => !hidden.has(column));
  return rows.map((row) => {
    // Objects from which keys were deleted are slow.
    const entry: Row = {};
    for (const column of columns) entry[column] = row[column];
    return entry;
  });
}
