import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  internalKey,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;

beforeAll(async () => {
  service = await startTemporaryPlatformServices();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

describe('signing keys', () => {
  const base64Header = { alg: 'ES256', typ: 'at+jwt' };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const kidOf = (token: string) => decodeProtectedHeader(token).kid;
  const published = async () => (await service.call('GET', '/.well-known/jwks.json')).json().keys;

  it('publish only the public part', async () => {
    await service.register();
    const keys = await published();
    expect(keys.length).toBeGreaterThan(0);
    for (const { exp: _end, ...key } of keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('rotate with overlap: new tokens use the new key, old tokens stay valid', async () => {
    const before = await service.register();
    const rejected = await service.call('POST', '/internal/signing-keys/rotate');
    expect(rejected.statusCode).toBe(403);
    const rotated = await service.call('POST', '/internal/signing-keys/rotate', {
      headers: { 'x-internal-key': internalKey },
    });
    const after = await service.register();
    expect(kidOf(after.access_token)).toBe(rotated.json().kid);
    expect(kidOf(after.access_token)).not.toBe(kidOf(before.access_token));
    expect((await service.call('GET', '/auth/me', { token: before.access_token })).statusCode).toBe(200);
    const keys: { kid: string; exp?: number }[] = await published();
    const endOf = (token: string) => keys.find(({ kid }) => kid === kidOf(token));
    expect(endOf(after.access_token)).toEqual(expect.not.objectContaining({ exp: expect.anything() }));
    // Until the last token of the old key has expired.
    expect(endOf(before.access_token)?.exp).toBeGreaterThan(Date.now() / 1000 + 900);
  });

  it('that another instance rotated are published and accepted at once', async () => {
    const other = service.another();
    const strangers = { ...base64Header, kid: 'invented' };
    const account = await service.register();
    for (let round = 0; round < 3; round += 1) {
      const bearer = { authorization: `Bearer ${account.access_token}` };
      expect((await other.inject({ url: '/auth/me', headers: bearer })).statusCode).toBe(200);
      const invented = `${encode(strangers)}.${account.access_token.split('.').slice(1).join('.')}`;
      await other.inject({ url: '/auth/me', headers: { authorization: `Bearer ${invented}` } });
      const rotated = await service.call('POST', '/internal/signing-keys/rotate', {
        headers: { 'x-internal-key': internalKey },
      });
      const fresh = await service.register();
      expect(kidOf(fresh.access_token)).toBe(rotated.json().kid);
      const headers = { authorization: `Bearer ${fresh.access_token}` };
      const [me, jwks] = await Promise.all([
        other.inject({ url: '/auth/me', headers }),
        other.inject('/.well-known/jwks.json'),
      ]);
      expect(me.statusCode).toBe(200);
      expect(jwks.json().keys.map(({ kid }: { kid: string }) => kid)).toContain(rotated.json().kid);
    }
  });

  it('are shared by instances that start at the same time', async () => {
    const [one, two] = [service.another(), service.another()];
    const keysOf = async (app: typeof one) => (await app.inject('/.well-known/jwks.json')).json();
    expect(await keysOf(one)).toEqual(await keysOf(two));
  });

  it('cannot be decrypted with another encryption key, and readiness reports it', async () => {
    const stranger = service.another({ KEY_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') });
    const response = await stranger.inject('/ready');
    expect(response.statusCode).toBe(503);
    expect(response.json().checks['signing-keys'].error).toBe(
      'KEY_ENCRYPTION_KEY cannot decrypt the stored signing keys',
    );
  });
});
