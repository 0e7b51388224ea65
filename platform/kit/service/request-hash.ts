import { createHash } from 'node:crypto';

/**
 * SHA-256 of a request's JSON, the same for equal values in any order of fields. It tells a repeated request from
 * another request with the same id or idempotency key.
 */
export function requestHash(request: unknown): Buffer {
  const canonical = JSON.stringify(request, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(canonical).digest();
}
