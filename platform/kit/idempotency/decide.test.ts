import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type KeyState } from './decide.ts';

const fingerprint = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const state: fc.Arbitrary<KeyState> = fc.record({
  fingerprint: fc.option(fingerprint, { nil: undefined }),
  heldForS: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined }),
});

describe('decide', () => {
  it('runs a request whose key is not stored', () => {
    fc.assert(
      fc.property(fc.option(fingerprint, { nil: undefined }), (given) => {
        expect(decide(undefined, given)).toEqual({ kind: 'run' });
      }),
    );
  });

  it('never runs or replays another request with the key', () => {
    fc.assert(
      fc.property(state, fingerprint, (stored, given) => {
        fc.pre(stored.fingerprint !== undefined && !stored.fingerprint.equals(given));
        expect(decide(stored, given)).toEqual({ kind: 'reused' });
      }),
    );
  });

  it('never runs a request again that has a response or is held', () => {
    fc.assert(
      fc.property(state, (stored) => {
        const { kind } = decide(stored, stored.fingerprint);
        if (stored.heldForS === undefined) expect(kind).toBe('replay');
        else expect(kind).toBe(stored.heldForS > 0 ? 'running' : 'run');
      }),
    );
  });

  it('names a whole number of seconds, at least 1 and no less than the claim lasts', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (heldForS) => {
        const decision = decide({ fingerprint: undefined, heldForS }, undefined);
        if (decision.kind !== 'running') throw new Error(decision.kind);
        expect(Number.isInteger(decision.retryAfterS)).toBe(true);
        expect(decision.retryAfterS).toBeGreaterThanOrEqual(Math.max(1, heldForS));
      }),
    );
  });
});
