import { Counter, type Registry } from 'prom-client';

/** Where the order of a list comes from. */
export type ListOrder = 'creation' | 'index' | 'computed';

export interface ListMetrics {
  /** Counts a page of a list. */
  listed(order: ListOrder): void;
}

export function createListMetrics(registry: Registry): ListMetrics {
  const pages = new Counter({
    name: 'record_list_pages_total',
    help: 'Pages of lists of records, by what gave their order: creation, an index of stored keys, or all records',
    labelNames: ['order'],
    registers: [registry],
  });
  // From the start, because a query for a counter that does not exist yet has no data instead of 0.
  for (const order of ['creation', 'index', 'computed'] as const) pages.inc({ order }, 0);
  return { listed: (order) => pages.inc({ order }) };
}
