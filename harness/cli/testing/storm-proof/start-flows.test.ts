import { describe, expect, it } from 'vitest';
import { refusalOf } from './start-flows.ts';

describe('a refused start', () => {
  it.each([
    [429, { error: 'rate_limited' }],
    [502, {}],
    [503, { error: 'not_ready' }],
    [409, { error: 'idempotency_key_in_use' }],
  ])('is repeated after %i', (status, json) => {
    expect(refusalOf(status, json).again).toBe(true);
  });

  it.each([
    [409, { error: 'conflict' }],
    [422, { error: 'idempotency_key_reused' }],
    [500, { error: 'internal' }],
    [202, {}],
  ])('is not repeated after %i %o', (status, json) => {
    expect(refusalOf(status, json).again).toBe(false);
  });

  it('names status and code', () => {
    expect(refusalOf(503, { error: 'not_ready' }).reason).toBe('503 not_ready');
    expect(refusalOf(502, undefined).reason).toBe('502');
  });
});
