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
  const keysOf = (row: Row) => list.sortedBy.map((_, index) => row[positionColumn(index)]);
  // A sort key is never null in an entry.
  const found = rows.filter((row) => !keysOf(row).includes(null));
  const entries = found.slice(0, page_size);
  const last = found.length > page_size ? entries.at(-1) : undefined;
  const before = after === undefined ? (page - 1) * page_size : 0;
  return {
    entries: entries.map((row) => withoutListColumns(row, list) as Entry),
    total: Math.max(Math.min(counted, countedEntries), found.length === 0 ? 0 : before + found.length),
    total_is_minimum: counted > countedEntries,
    page,
    page_size,
    next_cursor: last === undefined ? null : encodeCursor(list, { counted, keys: keysOf(last).map(String) }),
  };
}

function withoutListColumns(row: Row, { sortedBy }: ListDefinition): Row {
  const entry = { ...row };
  delete entry[countColumn];
  for (const index of sortedBy.keys()) delete entry[positionColumn(index)];
  return entry;
}
