import { describe, expect, it } from 'vitest';
import { startKeyServer } from '../testing/key-server.ts';
import { testClaims } from '../testing/test-claims.ts';
import { createTestSigner } from '../testing/test-signer.ts';
import { createTokenVerifier } from './token-verifier.ts';

const signer = await createTestSigner();
const base = { issuer: 'pyairtable', audience: 'pyairtable-api', keys: { keyOf: signer.keyOf } };

function omit<T extends object>(object: T, key: keyof T): Partial<T> {
  const { [key]: _omitted, ...rest } = object;
  return rest as Partial<T>;
}

describe('createTokenVerifier', () => {
  it('returns the claims of a valid token and caches it', async () => {
    const verifier = createTokenVerifier(base);
    const claims = testClaims();
    const token = await signer.sign(claims);
    expect(verifier.cached(token)).toBeUndefined();
    expect(await verifier.verify(token)).toEqual(claims);
    expect(verifier.cached(token)).toEqual(claims);
  });

  it.each([
    ['with another type', () => signer.sign(testClaims(), { typ: 'JWT' })],
    ['without a type', () => signer.sign(testClaims(), { typ: undefined })],
    ['with an unknown key', () => signer.sign(testClaims(), { kid: 'other' })],
    ['for another audience', () => signer.sign(testClaims({ aud: 'elsewhere' }))],
    ['from another issuer', () => signer.sign(testClaims({ iss: 'elsewhere' }))],
    ['that never expires', () => signer.sign(omit(testClaims(), 'exp'))],
    ['without a session', () => signer.sign(omit(testClaims(), 'session_id'))],
    ['issued in the future', () => signer.sign(testClaims({ iat: Math.floor(Date.now() / 1000) + 60 }))],
    ['whose user differs from its subject', () => signer.sign({ ...testClaims(), sub: testClaims().sub })],
    ['with a tampered signature', async () => `${(await signer.sign(testClaims())).slice(0, -4)}AAAA`],
    ['without a signature', async () => (await signer.sign(testClaims())).replace(/[^.]+$/, '')],
    [
      'with alg none',
      async () =>
        (await signer.sign(testClaims())).replace(
          /^[^.]+/,
          Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url'),
        ),
    ],
    ['that is nonsense', async () => 'a.b.c'],
    ['of 10 kB', async () => 'a'.repeat(10_000)],
  ])('rejects a token %s', async (_what, make) => {
    await expect(createTokenVerifier(base).verify(await make())).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('reports an expired token as expired, cached or not', async () => {
    let now = Date.now();
    const verifier = createTokenVerifier({ ...base, now: () => now });
    const token = await signer.sign(testClaims());
    await verifier.verify(token);
    now += 901_000;
    expect(verifier.cached(token)).toBeUndefined();
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it('rejects a cached token as soon as its session is revoked', async () => {
    const revoked = new Set<string>();
    const verifier = createTokenVerifier({ ...base, isRevoked: (id) => revoked.has(id) });
    const claims = testClaims();
    const token = await signer.sign(claims);
    await verifier.verify(token);
    revoked.add(claims.session_id);
    expect(() => verifier.authenticate(token)).toThrow(expect.objectContaining({ code: 'token_revoked' }));
  });

  it('caches no more tokens than the maximum', async () => {
    const verifier = createTokenVerifier({ ...base, cacheSize: 2 });
    const tokens = await Promise.all([1, 2, 3].map(() => signer.sign(testClaims())));
    for (const token of tokens) await verifier.verify(token);
    expect(tokens.map((token) => verifier.cached(token) !== undefined)).toEqual([false, true, true]);
  });

  it('accepts the key of a rotation at once, whatever key ids were invented before', async () => {
    const [rotated, again] = await Promise.all([createTestSigner('second'), createTestSigner('third')]);
    await using keys = await startKeyServer(signer);
    const verifier = createTokenVerifier({ ...base, keys: { jwksUrl: `${keys.url}/jwks.json` } });
    const claims = testClaims();
    await verifier.verify(await signer.sign(claims));
    const invent = async () =>
      expect(verifier.verify(await signer.sign(claims, { kid: 'invented' }))).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    await invent();
    for (const next of [rotated, again]) {
      keys.publish(next);
      const [verified] = await Promise.all([verifier.verify(await next.sign(claims)), invent()]);
      expect(verified).toEqual(claims);
    }
  });

  it('stops accepting an earlier key at its end, also tokens that it has accepted before', async () => {
    let now = Date.now();
    const endS = Math.floor(now / 1000) + 60;
    const earlier = await createTestSigner('earlier');
    await using keys = await startKeyServer(signer);
    keys.publish({ ...earlier, publicJwk: Object.assign(earlier.publicJwk, { exp: endS }) });
    const options = { ...base, keys: { jwksUrl: `${keys.url}/jwks.json` }, now: () => now };
    const verifier = createTokenVerifier(options);
    const claims = testClaims();
    const [known, unknown] = [await earlier.sign(claims), await earlier.sign(testClaims())];
    expect(await verifier.verify(known)).toEqual(claims);
    now = endS * 1000;
    expect(verifier.cached(known)).toBeUndefined();
    for (const token of [known, unknown])
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    const current = await signer.sign(claims);
    expect(await verifier.verify(current)).toEqual(claims);
    expect(verifier.cached(current)).toEqual(claims);
  });

  it('rejects a token that names no key', async () => {
    await using keys = await startKeyServer(signer);
    const verifier = createTokenVerifier({ ...base, keys: { jwksUrl: `${keys.url}/jwks.json` } });
    const token = await signer.sign(testClaims(), { kid: undefined });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('fetches the keys once a second at most for invented key ids', async () => {
    await using keys = await startKeyServer(signer);
    const verifier = createTokenVerifier({ ...base, keys: { jwksUrl: `${keys.url}/jwks.json` } });
    const tokens = await Promise.all(
      Array.from({ length: 40 }, (_, index) => signer.sign(testClaims(), { kid: `invented-${index}` })),
    );
    const results = await Promise.allSettled(tokens.map((token) => verifier.verify(token)));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(keys.fetches).toBeLessThanOrEqual(2);
  });

  it('reads keys from a JWKS endpoint, and responds with 503 instead of 401 when it is down', async () => {
    const keys = await startKeyServer(signer);
    const jwksUrl = `${keys.url}/.well-known/jwks.json`;
    const claims = testClaims();
    const token = await signer.sign(claims);
    expect(await createTokenVerifier({ ...base, keys: { jwksUrl } }).verify(token)).toEqual(claims);
    await keys.stop();
    await expect(createTokenVerifier({ ...base, keys: { jwksUrl } }).verify(token)).rejects.toMatchObject({
      code: 'not_ready',
    });
  });
});
