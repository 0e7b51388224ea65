import { LRUCache } from 'lru-cache';
import type { OrderedRecords } from './record-order.ts';

/** Versions of the tables that decide an order. */
export interface OrderVersions {
  version: number;
  linkedVersion: number;
}

/** An order that was computed for a list, while the tables had these versions. */
export interface KnownOrder extends OrderedRecords, OrderVersions {}

/** Keeps the orders of lists that are being read page by page. */
export interface OrderCache {
  /** The order of a list, unless the tables have changed since it was computed. */
  find(list: string, versions: OrderVersions): OrderedRecords | undefined;
  keep(list: string, order: KnownOrder): void;
}

/** Maximum size of all orders, bytes. */
const maxSize = 64 * 1024 * 1024;
/** How long an order is kept that nobody reads, milliseconds. */
const maxAgeMs = 10 * 60_000;

export function createOrderCache(): OrderCache {
  const cache = new LRUCache<string, KnownOrder>({
    maxSize,
    sizeCalculation: ({ numbers }) => numbers.byteLength + 200,
    ttl: maxAgeMs,
    updateAgeOnGet: true,
  });
  return {
    find(list, { version, linkedVersion }) {
      const known = cache.get(list);
      return known?.version === version && known.linkedVersion === linkedVersion ? known : undefined;
    },
    keep(list, order) {
      cache.set(list, order);
    },
  };
}
