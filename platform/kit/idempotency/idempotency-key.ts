import { createHash, createHmac } from 'node:crypto';
import { IdempotencyKey } from '../../contracts/idempotency.ts';
import { fieldProblem } from '../http/problem.ts';
import type { PeerKeys } from '../service/scope.ts';

export const keyHeader = 'idempotency-key';

/**
 * The key of a request; undefined when it has none.
 * @throws ProblemError `validation_failed` for a key that is too long, empty, has other characters or is sent twice
 */
export function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  // Node joins repeated headers with a comma and a space, which no key has.
  const parsed = IdempotencyKey.safeParse(header);
  if (parsed.success) return parsed.data;
  throw fieldProblem(['headers', keyHeader], 'Must be sent once, with 1 to 255 visible ASCII characters');
}

/** Whose key it is. The same text is another key for another user or route. */
export interface KeyOwner {
  tenantId: string;
  userId: string;
  /** Method and path pattern, e.g. `POST /files/:id/process`. */
  route: string;
}

/** What a key becomes in the database. Neither reveals the key. */
export interface KeyDigests {
  hash: Buffer;
  /** Encrypts the response. */
  seal: Buffer;
  /** Key of the advisory lock: a signed number of 64 bits. */
  lock: string;
}

/** @param secret a secret of the platform that is not in the database */
export function digestKey(secret: string, { tenantId, userId, route }: KeyOwner, key: string): KeyDigests {
  const digest = (purpose: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([purpose, tenantId, userId, route, key]))
      .digest();
  const hash = digest('key');
  return { hash, seal: digest('response'), lock: hash.readBigInt64BE(0).toString() };
}

/**
 * Keys for the calls that one request makes, derived from its own key. A repetition of the request makes the same
 * calls with the same keys, in any order. Equal calls are counted, so each of them has its own key.
 */
export function createPeerKeys(key: string): PeerKeys {
  const seen = new Map<string, number>();
  return ({ method, url, body = '' }) => {
    const call = JSON.stringify([method, url, body]);
    const nth = seen.get(call) ?? 0;
    seen.set(call, nth + 1);
    return createHash('sha256')
      .update(JSON.stringify([key, call, nth]))
      .digest('base64url');
  };
}
