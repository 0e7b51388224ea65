import { expect, it } from 'vitest';
import { problem } from '../../../kit/http/problem.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createPersonalTokens } from './personal-tokens.ts';

const tokenOf = (index: number) => `patA1b2C3d4E5f6G7.${String(index).padStart(64, '0')}`;
const token = tokenOf(0);
const claims = testClaims({ scope: 'data.records:read' });

function peerProblem(error: 'unauthenticated' | 'internal', status: number) {
  const body = { error, message: 'No.', timestamp: new Date().toISOString(), request_id: 'r' };
  return new PeerProblem({ peer: 'platform-services', status, problem: body });
}

/** Counts exchanges. Each gives another access token; `revoked` holds those whose rights have been revoked. */
function start({ cacheSize }: { cacheSize?: number } = {}) {
  const state = { nowMs: 0, asked: 0, revoked: new Set<string>(), fails: undefined as Error | undefined };
  const tokens = createPersonalTokens({
    async request() {
      state.asked += 1;
      if (state.fails) throw state.fails;
      return { access_token: `access ${state.asked}` };
    },
    authenticate(access) {
      if (state.revoked.has(access)) throw problem('token_revoked');
      return claims;
    },
    now: () => state.nowMs,
    ...(cacheSize === undefined ? {} : { cacheSize }),
  });
  return { state, tokens };
}

it('asks once for requests that arrive together and within 5 s, then again', async () => {
  const { state, tokens } = start();
  const all = await Promise.all([1, 2, 3].map(() => tokens.exchange(token)));
  expect(all.map(({ token: access }) => access)).toEqual(['access 1', 'access 1', 'access 1']);
  state.nowMs = 4_999;
  expect(await tokens.exchange(token)).toEqual({ token: 'access 1', claims });
  state.nowMs = 5_000;
  expect((await tokens.exchange(token)).token).toBe('access 2');
});

it('asks again as soon as the rights are revoked, once for all requests', async () => {
  const { state, tokens } = start();
  await tokens.exchange(token);
  state.revoked.add('access 1');
  const again = await Promise.all([1, 2, 3].map(() => tokens.exchange(token)));
  expect(again.map(({ token: access }) => access)).toEqual(['access 2', 'access 2', 'access 2']);
  state.fails = peerProblem('unauthenticated', 401);
  state.revoked.add('access 2');
  await expect(tokens.exchange(token)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('remembers a rejection for 5 s', async () => {
  const { state, tokens } = start();
  state.fails = peerProblem('unauthenticated', 401);
  for (let time = 0; time < 3; time += 1)
    await expect(tokens.exchange(token)).rejects.toMatchObject({
      code: 'unauthenticated',
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    });
  expect(state.asked).toBe(1);
});

it.each([
  ['fails', peerProblem('internal', 500)],
  ['cannot be reached', new PeerProblem({ peer: 'platform-services' })],
  ['times out', new PeerProblem({ peer: 'platform-services', timedOut: true })],
])('responds with 503 while platform-services %s, and recovers at once', async (_what, failure) => {
  const { state, tokens } = start();
  state.fails = failure;
  await expect(tokens.exchange(token)).rejects.toMatchObject({
    code: 'not_ready',
    headers: { 'retry-after': '1' },
  });
  state.fails = undefined;
  expect((await tokens.exchange(token)).token).toBe('access 2');
});

it('remembers no more tokens than the maximum', async () => {
  const { state, tokens } = start({ cacheSize: 2 });
  for (const index of [1, 2, 3, 3, 2]) await tokens.exchange(tokenOf(index));
  expect(state.asked).toBe(3);
  await tokens.exchange(tokenOf(1));
  expect(state.asked).toBe(4);
});

it.each(['pat', `${token}0`, token.toUpperCase(), `${token.slice(0, -1)}é`])(
  'rejects %j without asking',
  async (malformed) => {
    const { state, tokens } = start();
    await expect(tokens.exchange(malformed)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(state.asked).toBe(0);
  },
);
