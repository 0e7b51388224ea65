import { countedEntries, type Paging } from '../../contracts/paging.ts';
import type { NamedStatement } from '../postgres/tenant-statement.ts';
import type { Position } from './cursor.ts';
import type { ListDefinition, ListFilter, ListParts, SortKey } from './list-definition.ts';

export interface ListRequest extends Pick<Paging, 'page' | 'page_size'> {
  /** Where the page begins; without it, at `page`. */
  after?: Position | undefined;
  /** Filters that are undefined do not restrict. */
  filters?: readonly (ListFilter | undefined)[];
  parts?: ListParts;
}

/** Column with the value of a sort key. */
export const positionColumn = (index: number): string => `list_position_${index}`;
/** Column with the number of entries, at most one more than `countedEntries`. */
export const countColumn = 'list_counted';

/** The exact value as text: a time of JavaScript would lose its microseconds. */
const positionOf = ({ column, type }: SortKey): string =>
  type === 'timestamptz' ? `(e.${column} at time zone 'UTC')::text || '+00'` : `e.${column}::text`;

/** The statement of a page and one more row, and its values. A page after a position has no column for the count. */
export function listStatement(
  list: ListDefinition,
  { page, page_size, after, filters = [], parts }: ListRequest,
): { statement: NamedStatement; values: unknown[] } {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const given = filters.filter((filter) => filter !== undefined);
  const { sortedBy, direction, table } = list;
  const columns = sortedBy.map(({ column }) => `e.${column}`);
  const order = `order by ${columns.map((column) => `${column} ${direction}`).join(', ')}`;

  const conditions = given.map(({ where, value }) => where(value === undefined ? '' : parameter(value)));
  const beyond =
    after === undefined
      ? []
      : [
          `(${columns.join(', ')}) ${direction === 'asc' ? '>' : '<'} (${sortedBy
            .map(({ type }, index) => `${parameter(after.keys[index])}::${type}`)
            .join(', ')})`,
        ];
  const skipped = after === undefined ? (page - 1) * page_size : 0;
  const limit = `limit ${parameter(page_size + 1)}`;
  const offset = skipped === 0 ? '' : `offset ${parameter(skipped)}`;

  const where = (more: readonly string[]) =>
    conditions.length + more.length === 0 ? '' : `where ${[...conditions, ...more].join(' and ')}`;
  // In the order of the index, so that the planner cannot prefer to search the whole table for the first rows.
  const most = `${order} limit ${countedEntries + 1}`;
  let counted: string;
  let entries: string;
  const only = parts === undefined ? undefined : new Set(parts.values);
  if (parts === undefined || only?.size === 1) {
    const part = parts && [`e.${parts.column} = ${parameter(parts.values[0])}::${parts.type}`];
    counted = `select from ${table} as e ${where(part ?? [])} ${most}`;
    entries = `select e.* from ${table} as e ${where([...(part ?? []), ...beyond])} ${order} ${limit} ${offset}`;
  } else {
    // Each part is sorted by the index; so only the first rows of each are read, and merged.
    const from = `unnest(${parameter([...(only ?? [])])}::${parts.type}[]) as part (value) cross join lateral`;
    const same = `e.${parts.column} = part.value`;
    const first = skipped === 0 ? limit : `limit ${parameter(skipped + page_size + 1)}`;
    counted = `select from ${from} (select from ${table} as e ${where([same])} ${most}) as e
               limit ${countedEntries + 1}`;
    entries = `select e.* from ${from} (select e.* from ${table} as e ${where([same, ...beyond])} ${order} ${first}) as e
               ${order} ${limit} ${offset}`;
  }
  const positions = sortedBy.map((key, index) => `${positionOf(key)} as ${positionColumn(index)}`);
  const shown = `select ${[list.columns, ...positions].join(', ')} from (${entries}) as e ${list.join ?? ''} ${order}`;
  const name = [
    list.name,
    ...given.map((filter) => filter.name),
    ...(parts === undefined ? [] : [only?.size === 1 ? 'in_one' : 'in_some']),
    ...(after === undefined ? [] : ['after']),
    ...(skipped === 0 ? [] : ['skipping']),
  ].join('_');
  return {
    values,
    statement: {
      name,
      readsInOrder: true,
      plansOnce: true,
      text:
        after === undefined
          ? // Without an entry, the join keeps one row for the count.
            `select counted.${countColumn}, page.*
             from (select count(*)::int as ${countColumn} from (${counted}) as counted) as counted
             left join lateral (${shown}) as page on true`
          : shown,
    },
  };
}
