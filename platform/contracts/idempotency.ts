import { z } from 'zod';
import type { Idempotency, RouteSpec } from './route.ts';

/** How a route honours keys: as it declares, else in one transaction where callers are known and it may change something. */
export function idempotencyOf(route: RouteSpec): Idempotency {
  if (route.idempotency !== undefined) return route.idempotency;
  return route.method === 'GET' || route.access === 'public' ? 'none' : 'transaction';
}

/** Whether the service of the route stores keys and responses. */
export function storesKeys(route: RouteSpec): boolean {
  const kept = idempotencyOf(route);
  return kept === 'transaction' || kept === 'claim' || kept === 'content';
}

/** Whether clients may send a key that has an effect. */
export function takesKey(route: RouteSpec): boolean {
  return storesKeys(route) || idempotencyOf(route) === 'forward';
}

/** A key: 1 to 255 visible ASCII characters, unique for each change that its client wants. */
export const IdempotencyKey = z
  .string()
  .regex(/^[!-~]{1,255}$/, 'Must have 1 to 255 visible ASCII characters');
