import { describe, expect, it } from 'vitest';
import type { Authority } from '../../contracts/rights.ts';
import { createLog } from '../observe/log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { ownerAuthority } from '../testing/test-authorities.ts';
import { testClaims } from '../testing/test-claims.ts';
import { createAuthorityCache } from './authority-cache.ts';

const caller = testClaims();
const log = createLog({ service: 'test', level: 'silent' });

/** A cache whose reads are counted and answer with `state.authority`, or fail. */
function start() {
  const clock = new ManualClock('2026-08-07T00:00:00Z');
  const state: {
    authority: Authority | undefined;
    down: boolean;
    reads: number;
    limits: number[];
    gate?: Promise<void>;
  } = {
    authority: ownerAuthority(caller),
    down: false,
    reads: 0,
    limits: [],
  };
  const cache = createAuthorityCache({
    clock,
    log,
    async load(_caller, limitMs) {
      state.reads += 1;
      state.limits.push(limitMs);
      const answer = state.authority;
      await state.gate;
      if (state.down) throw new Error('connection refused');
      return answer;
    },
  });
  const role = async () => (await cache.of(caller))?.role;
  return { cache, clock, state, role };
}

describe('the rights of a user', () => {
  it('are read once for many requests, and again after 5 s', async () => {
    const { clock, state, role } = start();
    expect(await Promise.all([role(), role(), role()])).toEqual(['user', 'user', 'user']);
    state.authority = { ...ownerAuthority(caller), role: 'readonly' };
    clock.advance(4_999);
    expect(await role()).toBe('user');
    clock.advance(1);
    expect(await role()).toBe('readonly');
    expect(state.reads).toBe(2);
  });

  it('are read again at once after an announced change, also when a read is running', async () => {
    const { cache, state, role } = start();
    let open = () => {};
    state.gate = new Promise((resolve) => {
      open = resolve;
    });
    const before = role();
    state.authority = { ...ownerAuthority(caller), role: 'readonly' };
    cache.drop([caller.user_id]);
    const after = role();
    open();
    expect([await before, await after]).toEqual(['user', 'readonly']);
    expect(await role()).toBe('readonly');
    expect(state.reads).toBe(2);
  });

  it('hold for 60 s while they cannot be read, and are unknown afterwards', async () => {
    const { clock, state, role } = start();
    expect(await role()).toBe('user');
    state.down = true;
    clock.advance(59_999);
    expect(await role()).toBe('user');
    clock.advance(1);
    await expect(role()).rejects.toMatchObject({ code: 'not_ready', headers: { 'retry-after': '1' } });
    state.down = false;
    clock.advance(1_000);
    expect(await role()).toBe('user');
  });

  it('are not asked for more than once a second while they cannot be read', async () => {
    const { clock, state, role } = start();
    await role();
    state.down = true;
    clock.advance(10_000);
    for (let time = 0; time < 5; time += 1) await role();
    expect(state.reads).toBe(2);
    clock.advance(1_000);
    await role();
    expect(state.reads).toBe(3);
  });

  it('do not hold after an announced change that cannot be read', async () => {
    const { cache, state, role } = start();
    await role();
    state.down = true;
    cache.drop([caller.user_id]);
    await expect(role()).rejects.toMatchObject({ code: 'not_ready' });
  });

  it('are waited for longer where no last known ones can be used instead', async () => {
    const { cache, clock, state, role } = start();
    await role();
    clock.advance(5_000);
    await role();
    clock.advance(60_000);
    await role();
    cache.drop([caller.user_id]);
    await role();
    const [first, , tooOld, changed] = state.limits;
    expect(state.limits[1]).toBeLessThan(Number(first));
    expect([tooOld, changed]).toEqual([first, first]);
  });

  it('are none when there is no such user', async () => {
    const { state, cache } = start();
    state.authority = undefined;
    expect(await cache.of(caller)).toBeUndefined();
  });
});

it('a question about a user in another tenant does not touch the user’s own rights', async () => {
  const { cache, state, role } = start();
  expect(await role()).toBe('user');
  state.authority = undefined;
  expect(await cache.of({ ...caller, tenant_id: testClaims().tenant_id })).toBeUndefined();
  expect(await role()).toBe('user');
});

it('a listener hears of changes until it leaves', () => {
  const { cache } = start();
  let heard = 0;
  const leave = cache.onChange(caller.user_id, () => {
    heard += 1;
  });
  cache.drop([caller.user_id, 'somebody-else']);
  leave();
  cache.drop([caller.user_id]);
  expect(heard).toBe(1);
});
