import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdempotencyKey } from '../../contracts/idempotency.ts';
import { problem } from '../http/problem.ts';
import { createPeerKeys, digestKey, readKey } from './idempotency-key.ts';
import { effectOf, seal, unseal } from './stored-response.ts';

describe('keys', () => {
  it('are 1 to 255 visible characters', () => {
    expect(readKey(undefined)).toBeUndefined();
    expect(readKey('"8e03978e-40d5-43dd-bc93-6894a57f9324"')).toBe('"8e03978e-40d5-43dd-bc93-6894a57f9324"');
    for (const bad of ['', 'a, b', 'x'.repeat(256), 'ä', 'a\tb'])
      expect(() => readKey(bad)).toThrow(/contract/);
  });

  it('of two owners have different hashes, and the seal is not the hash', () => {
    const owner = { tenantId: 'a', userId: 'b', route: 'POST /x' };
    const first = digestKey('secret', owner, 'key');
    expect(first.hash).not.toEqual(first.seal);
    for (const other of [{ tenantId: 'c' }, { userId: 'c' }, { route: 'PUT /x' }])
      expect(digestKey('secret', { ...owner, ...other }, 'key').hash).not.toEqual(first.hash);
    expect(digestKey('other', owner, 'key').hash).not.toEqual(first.hash);
  });
});

describe('keys of calls to peers', () => {
  const call = fc.record({ method: fc.constantFrom('POST', 'PUT'), url: fc.webPath(), body: fc.json() });

  it('are the same in a repetition, in any order, and different for each call', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 8 }), fc.integer({ min: 1 }), (calls, turn) => {
        const shifted = calls.map(
          (_, index) => calls[(index + turn) % calls.length] as (typeof calls)[number],
        );
        const keysOf = (made: typeof calls) => made.map(createPeerKeys('parent'));
        expect(keysOf(shifted).sort()).toEqual(keysOf(calls).sort());
        expect(new Set(keysOf(calls)).size).toBe(calls.length);
        for (const key of keysOf(calls)) expect(IdempotencyKey.safeParse(key).success).toBe(true);
      }),
    );
  });

  it('differ for two parents', () => {
    const one = { method: 'POST', url: '/', body: undefined };
    expect(createPeerKeys('a')(one)).not.toBe(createPeerKeys('b')(one));
  });
});

describe('stored responses', () => {
  it('can be read with the key of the request alone', () => {
    const [key, response] = [
      randomBytes(32),
      { sent: { status: 201, headers: {}, body: '{"token":"pat"}' } },
    ];
    const sealed = seal(response, key);
    expect(sealed.toString('latin1')).not.toContain('pat');
    expect(unseal(sealed, key)).toEqual(response);
    expect(() => unseal(sealed, randomBytes(32))).toThrow(/no longer be read/);
  });

  it.each([
    ['conflict', 'store'],
    ['not_found', 'store'],
    ['validation_failed', 'forget'],
    ['invalid_credentials', 'forget'],
    ['rate_limited', 'forget'],
    ['internal', 'undo'],
    ['not_ready', 'undo'],
  ] as const)('of %s: %s', (code, effect) => {
    expect(effectOf(problem(code))).toBe(effect);
  });
});
