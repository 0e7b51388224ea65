/** A column by which a list is sorted. It is never null. */
export interface SortKey {
  column: string;
  type: 'timestamptz' | 'uuid' | 'text' | 'integer' | 'bigint';
}

/**
 * A list of a tenant's rows that is read by pages. Its cost must not grow with the table, so an index has the columns
 * `tenant_id`, those of the filters, and those of `sortedBy`, in this order and direction. Under row-level security only
 * comparisons that PostgreSQL knows as leakproof use an index: those of uuid, text and times, but no function of them.
 */
export interface ListDefinition {
  /** Begins the names of its statements; unique in the service, and part of its cursors. */
  name: string;
  table: string;
  /** The columns of an entry. `e` is its row. */
  columns: string;
  /** Further tables that the columns need, joined to `e`. */
  join?: string;
  /** All in one direction. The last one is unique in the tenant, so equal rows have an order. */
  sortedBy: readonly SortKey[];
  direction: 'asc' | 'desc';
}

/** Restricts a list. */
export interface ListFilter {
  /** Part of the statement's name. */
  name: string;
  /** A condition on `e`. @param parameter the placeholder of `value` */
  where(parameter: string): string;
  /** Absent: the condition has no placeholder. */
  value?: unknown;
}

/** Restricts a list to rows with one of these values in a column; each value is read by the index on its own. */
export interface ListParts {
  column: string;
  type: 'uuid' | 'text';
  values: readonly string[];
}
