import type { NamedStatement, Rows } from '../postgres/tenant-statement.ts';

/** Rows of a tenant in one state. */
export interface StateCount {
  state: string;
  number: number;
  /** Sum of their sizes; 0 where they have none. */
  amount: number;
}

/**
 * Numbers of a tenant's rows by state, from the differences that triggers keep (migration 132), without reading the rows.
 * It sees what the transaction has changed. A state without rows is absent or 0.
 * @param query runs as the tenant
 * @param options.parts only rows of these workspaces or templates
 */
export async function readCounts(
  query: (statement: NamedStatement, values: readonly unknown[]) => Promise<Rows<StateCount>>,
  { schema, counted, parts }: { schema: string; counted: string; parts?: readonly string[] },
): Promise<StateCount[]> {
  const { rows } = await query(
    {
      name: `read_counts${parts === undefined ? '' : '_of_parts'}`,
      text: `select state, sum(number)::bigint as number, sum(amount)::bigint as amount from ${schema}.row_counts
             where counted = $1${parts === undefined ? '' : ' and part = any($2::uuid[])'} group by state`,
    },
    [counted, ...(parts === undefined ? [] : [parts])],
  );
  return rows;
}

export const sumOf = (counts: readonly StateCount[], column: 'number' | 'amount'): number =>
  counts.reduce((sum, count) => sum + count[column], 0);
