import { beforeEach, describe, expect, it } from 'vitest';
import { createLocalLimitStore } from './limit-stores.ts';
import { createLimiter, type LimitRule, type LimitStore, limitHeaders } from './rate-limit.ts';

let clock: number;
let storeCalls: number;
let store: LimitStore;

beforeEach(() => {
  clock = 0;
  storeCalls = 0;
  const local = createLocalLimitStore({ now: () => clock });
  store = {
    take(...args) {
      storeCalls += 1;
      return local.take(...args);
    },
  };
});

const exact: LimitRule = { name: 'login', limit: 5, windowMs: 1000, lease: 1 };
const leased: LimitRule = { name: 'user', limit: 100, windowMs: 1000, lease: 20 };

async function allowedOf(
  rule: LimitRule,
  requests: number,
  limiter = createLimiter({ store, now: () => clock }),
) {
  const decisions = await Promise.all(Array.from({ length: requests }, () => limiter.take(rule, 'someone')));
  return decisions.filter(({ allowed }) => allowed).length;
}

describe.each([exact, leased])('the $name limit', (rule) => {
  it('allows exactly its number of requests, also in parallel', async () => {
    expect(await allowedOf(rule, rule.limit + 30)).toBe(rule.limit);
  });

  it('is not exceeded by several gateways together', async () => {
    const limiters = [1, 2, 3].map(() => createLimiter({ store, now: () => clock }));
    const counts = await Promise.all(limiters.map((limiter) => allowedOf(rule, rule.limit, limiter)));
    expect(counts.reduce((sum, count) => sum + count)).toBe(rule.limit);
  });

  it('starts again when the window ends', async () => {
    const limiter = createLimiter({ store, now: () => clock });
    await allowedOf(rule, rule.limit, limiter);
    expect((await limiter.take(rule, 'someone')).allowed).toBe(false);
    clock = rule.windowMs;
    expect((await limiter.take(rule, 'someone')).allowed).toBe(true);
  });

  it('counts each subject separately and reports what is left', async () => {
    const limiter = createLimiter({ store, now: () => clock });
    await limiter.take(rule, 'someone');
    clock = 400;
    expect(await limiter.take(rule, 'someone')).toMatchObject({ remaining: rule.limit - 2, resetMs: 600 });
    expect(await limiter.take(rule, 'another')).toMatchObject({ remaining: rule.limit - 1, resetMs: 1000 });
  });
});

it('calls the store once per lease', async () => {
  await allowedOf(leased, 40);
  expect(storeCalls).toBe(2);
});

it('does not call the store again for a subject that is over its limit', async () => {
  const limiter = createLimiter({ store, now: () => clock });
  await allowedOf(leased, 101, limiter);
  const before = storeCalls;
  await allowedOf(leased, 50, limiter);
  expect(storeCalls).toBe(before);
});

it('rejects with the store’s error and recovers with the store', async () => {
  let broken = true;
  const flaky: LimitStore = {
    take: (...args) => (broken ? Promise.reject(new Error('down')) : store.take(...args)),
  };
  const limiter = createLimiter({ store: flaky, now: () => clock });
  await expect(limiter.take(leased, 'someone')).rejects.toThrow('down');
  broken = false;
  expect((await limiter.take(leased, 'someone')).allowed).toBe(true);
});

it('writes the state as headers, with Retry-After only on a denial', () => {
  expect(limitHeaders({ allowed: true, rule: exact, remaining: 4, resetMs: 899_001 }).join(' ')).toBe(
    'ratelimit-limit 5 ratelimit-remaining 4 ratelimit-reset 900 ratelimit-policy 5;w=1',
  );
  expect(limitHeaders({ allowed: false, rule: exact, remaining: 0, resetMs: 0 })).toContain('retry-after');
});
