import { describe, expect, it } from 'vitest';
import { PeerProblem } from '../peers/peer-problem.ts';
import { AuthorityLost, createDelegatedTokens } from './delegated-tokens.ts';

const grant = { id: 'g', tenantId: 't' };

function numbered(expiresInS = 300) {
  const minted: string[] = [];
  let nowMs = 0;
  const tokens = createDelegatedTokens(
    async ({ id, compensation }) => {
      minted.push(`${id}${compensation ? ' undo' : ''}`);
      return { token: `token ${minted.length}`, standsIn: false, expiresInS };
    },
    () => nowMs,
  );
  function pass(ms: number): void {
    nowMs += ms;
  }
  return { minted, tokens, pass };
}

const rejected = (status: number) => new PeerProblem({ peer: 'airtable-gateway', status });

describe('createDelegatedTokens', () => {
  it('mints once for all callers that ask at the same time', async () => {
    const { minted, tokens } = numbered();
    const got = await Promise.all([1, 2, 3].map(() => tokens.tokenOf(grant)));
    expect([got.map(({ token }) => token), minted]).toEqual([['token 1', 'token 1', 'token 1'], ['g']]);
  });

  it('keeps a token until 30 s before its end', async () => {
    const { minted, tokens, pass } = numbered(300);
    await tokens.tokenOf(grant);
    pass(269_999);
    expect((await tokens.tokenOf(grant)).token).toBe('token 1');
    pass(1);
    expect((await tokens.tokenOf(grant)).token).toBe('token 2');
    expect(minted).toHaveLength(2);
  });

  it('keeps tokens for undoing apart', async () => {
    const { minted, tokens } = numbered();
    await tokens.tokenOf(grant);
    await tokens.tokenOf({ ...grant, compensation: true });
    expect(minted).toEqual(['g', 'g undo']);
  });

  it('mints anew after a 401, once', async () => {
    const { minted, tokens } = numbered();
    const used: string[] = [];
    const call = tokens.withToken(grant, async ({ token }) => {
      used.push(token);
      throw rejected(401);
    });
    await expect(call).rejects.toMatchObject({ status: 401 });
    expect([used, minted]).toEqual([
      ['token 1', 'token 2'],
      ['g', 'g'],
    ]);
  });

  it('mints anew after a 403 when it undoes: the owner may stand in by now', async () => {
    const { minted, tokens } = numbered();
    const answered = await tokens.withToken({ ...grant, compensation: true }, async ({ token }) => {
      if (token === 'token 1') throw rejected(403);
      return token;
    });
    expect([answered, minted]).toEqual(['token 2', ['g undo', 'g undo']]);
  });

  it('passes every other failure on', async () => {
    const { minted, tokens } = numbered();
    await expect(tokens.withToken(grant, () => Promise.reject(rejected(403)))).rejects.toMatchObject({
      status: 403,
    });
    expect(minted).toHaveLength(1);
  });

  it('asks again after a failed minting', async () => {
    let calls = 0;
    const tokens = createDelegatedTokens(async () => {
      calls += 1;
      if (calls === 1) throw new AuthorityLost('user_deactivated');
      return { token: 'later', standsIn: false, expiresInS: 300 };
    });
    await expect(tokens.tokenOf(grant)).rejects.toMatchObject({
      loss: 'user_deactivated',
      message: 'The account of this user is deactivated.',
    });
    expect((await tokens.tokenOf(grant)).token).toBe('later');
  });
});
