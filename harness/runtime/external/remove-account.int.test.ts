import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTarget } from './read-target.ts';
import { removeAccount } from './remove-account.ts';

/** A platform without a route that deletes accounts, as an older release: one server for all services. */
let url: string;
let asked: string[];
let responses: Record<string, { status: number; json?: unknown }>;
let server: ReturnType<typeof createServer>;

const account = { email: 'a@readiness.example', passwords: ['Kestrel-1'], userId: 'u-1', tenantId: 't-1' };
const session = { access_token: 'token', user: { id: 'u-1', tenant_id: 't-1', email: account.email } };

beforeEach(async () => {
  asked = [];
  responses = {
    'POST /api/auth/login': { status: 200, json: session },
    'GET /api/files': { status: 200, json: { files: [] } },
    'GET /api/workflows': { status: 200, json: { workflows: [] } },
    'GET /api/auth/tokens': { status: 200, json: { tokens: [{ id: 'k-1' }] } },
    'GET /api/sessions': { status: 200, json: { sessions: [] } },
    'DELETE /api/auth/tokens/k-1': { status: 204 },
    'DELETE /internal/users/u-1': { status: 204 },
  };
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', url);
    const key = request.headers['x-internal-key'];
    asked.push(`${request.method} ${pathname}${key ? ` with ${key}` : ''}`);
    const { status, json } = responses[`${request.method} ${pathname}`] ?? { status: 404 };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(json === undefined ? '' : JSON.stringify(json));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

const remove = (more: string, removed: Parameters<typeof removeAccount>[0] = account) =>
  removeAccount(removed, {
    target: parseTarget(
      `name: a\nlabel: staging\nservices: { gateway: ${url}, user-service: ${url}, platform-services: ${url} }\n${more}`,
      'a.yaml',
    ),
    readSecret: (name) => `value-of-${name}`,
  });
const keys = 'internalKeys: { user-service: { env: USERS }, platform-services: { env: PLATFORM } }\n';

describe('an account on a platform that deletes no accounts', () => {
  it('is removed with the internal keys of the target file, after its objects', async () => {
    expect(await remove(keys)).toEqual({ removed: true, registered: true, left: [] });
    expect(asked).toContain('DELETE /api/auth/tokens/k-1');
    expect(asked.slice(-2)).toEqual([
      'DELETE /internal/users/u-1 with value-of-USERS',
      'DELETE /internal/users/u-1 with value-of-PLATFORM',
    ]);
  });

  it('stays without the keys, and the report says which are missing', async () => {
    const { removed, left } = await remove('');
    expect(removed).toBe(false);
    expect(left).toEqual([
      expect.stringContaining('users of user-service (the target file has no internalKeys.user-service'),
      expect.stringContaining('users of platform-services'),
    ]);
  });

  it('stays with a key that the platform rejects', async () => {
    responses['DELETE /internal/users/u-1'] = { status: 403 };
    expect((await remove(keys)).left).toEqual([
      'users of user-service (DELETE /internal/users/…: status 403)',
      'users of platform-services (DELETE /internal/users/…: status 403)',
    ]);
  });

  it('whose registration was never confirmed is removed if it exists', async () => {
    const { email, passwords } = account;
    expect(await remove(keys, { email, passwords })).toEqual({ removed: true, registered: true, left: [] });
    expect(asked.at(-1)).toBe('DELETE /internal/users/u-1 with value-of-PLATFORM');
    responses['POST /api/auth/login'] = { status: 401 };
    asked = [];
    expect(await remove(keys, { email, passwords })).toEqual({ removed: true, registered: false, left: [] });
    expect(asked).toEqual(['POST /api/auth/login']);
  });

  it('is left for a later sweep while sign-ins are limited', async () => {
    responses['POST /api/auth/login'] = { status: 429 };
    const { removed, left } = await remove(keys);
    expect(removed).toBe(false);
    expect(left).toEqual(['accounts (sign-in: status 429; run `npm run readiness -- sweep` later)']);
  });
});

describe('an account on a platform that deletes accounts', () => {
  it('is deleted with its password, and the platform erases its data', async () => {
    const json = { id: 'e-1', status: 'pending', services_left: ['file-service'] };
    responses['POST /api/auth/delete-account'] = { status: 202, json };
    expect(await remove('')).toEqual({ removed: true, registered: true, erasure: 'e-1', left: [] });
    expect(asked).toEqual(['POST /api/auth/login', 'POST /api/auth/delete-account']);
  });

  it('is not deleted twice when the clean-up continues', async () => {
    expect(await remove('', { ...account, erasure: 'e-1' })).toMatchObject({ erasure: 'e-1', left: [] });
    expect(asked).toEqual([]);
  });
});
