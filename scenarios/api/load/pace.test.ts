import { describe, expect, it } from 'vitest';
import { mostAreSlow, pacesOf, slowerRoutes, slowRoutes } from './pace.ts';

const step = (name: string, p50Ms: number, changes = {}) => ({
  name,
  total: 8,
  failed: 0,
  minMs: p50Ms,
  p50Ms,
  p95Ms: p50Ms,
  p99Ms: p50Ms,
  maxMs: p50Ms,
  failures: {},
  partsP50Ms: [],
  ...changes,
});
const reference = step('reference server', 1);
const pacesWith = (...steps: ReturnType<typeof step>[]) => pacesOf([reference, ...steps]).paces;

describe('the pace of routes', () => {
  it('is slow with 150 ms on 3 ms, whatever the machine', () => {
    expect(slowRoutes(pacesWith(step('GET /a', 3)))).toEqual([]);
    expect(slowRoutes(pacesWith(step('GET /a', 153)))).toMatchObject([{ sure: true }]);
    // On a busy machine the median of the reference server is high too, and only some responses are fast.
    const busy = pacesOf([step('reference server', 20), step('GET /a', 60, { minMs: 8 })]).paces;
    expect(slowRoutes(busy)).toEqual([]);
  });

  it('is slow at many times a bare server', () => {
    expect(slowRoutes(pacesWith(step('GET /a', 30)))).toEqual([
      { text: 'GET /a: 30.0 ms, 30.0 times a bare server (limit 25)', sure: false },
    ]);
  });

  it('is slow as a whole when most routes would be on any machine and this one is not busy', () => {
    const slow = [step('GET /a', 150), step('GET /b', 160)];
    expect(mostAreSlow(pacesWith(...slow, step('GET /c', 3)))).toBe(true);
    expect(mostAreSlow(pacesWith(step('GET /a', 150), step('GET /b', 3)))).toBe(false);
    expect(mostAreSlow(pacesOf([step('reference server', 20), ...slow]).paces)).toBe(false);
    expect(mostAreSlow([])).toBe(false);
  });

  it('is unknown for routes that fail, which are listed', () => {
    const failed = step('GET /a', 10_000, { failed: 8, failures: { 500: 8 } });
    expect(pacesOf([reference, failed])).toEqual({
      paces: [],
      failing: ['GET /a: 8 of 8 requests ended with 500'],
    });
  });

  it('is slower than a baseline only if median and fastest response are', () => {
    const [accepted] = pacesWith(step('GET /a', 8));
    const baseline = accepted ? [accepted] : [];
    expect(slowerRoutes(pacesWith(step('GET /a', 24)), baseline)).toEqual([
      'GET /a: at least 24.0 ms, 8.0 ms in the baseline',
    ]);
    expect(slowerRoutes(pacesWith(step('GET /a', 24, { minMs: 8 })), baseline)).toEqual([]);
    expect(slowerRoutes(pacesWith(step('GET /new', 24)), baseline)).toEqual([]);
  });
});
