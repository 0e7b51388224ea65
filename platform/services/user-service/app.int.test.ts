import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessClaims } from '../../contracts/identity.ts';
import { Profile } from '../../contracts/user-service/contract.ts';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createTokenVerifier } from '../../kit/auth/token-verifier.ts';
import { createLog } from '../../kit/observe/log.ts';
import { type Database, openDatabase } from '../../kit/postgres/database.ts';
import { createTestAuthorities } from '../../kit/testing/test-authorities.ts';
import { testClaims } from '../../kit/testing/test-claims.ts';
import { createTestSigner } from '../../kit/testing/test-signer.ts';
import { buildApp } from './app.ts';

const internalKey = 'k'.repeat(32);
let stores: TemporaryDatabase;
let database: Database;
let app: FastifyInstance;
const signer = await createTestSigner();
const authorities = createTestAuthorities();

beforeAll(async () => {
  stores = await startTemporaryDatabase();
  const log = createLog({ service: 'test', level: 'silent' });
  database = openDatabase({ url: stores.urlOf('user_service'), log });
  const verifier = createTokenVerifier({
    issuer: 'pyairtable',
    audience: 'pyairtable-api',
    keys: { keyOf: signer.keyOf },
  });
  app = buildApp({
    config: { INTERNAL_API_KEY: internalKey },
    log,
    database,
    dependencies: [database.dependency],
    authenticate: verifier.authenticate,
    authorities,
  });
});
afterAll(async () => {
  await app?.close();
  await database?.close();
  await stores?.stop();
});

async function call(claims: AccessClaims, method: 'GET' | 'PUT', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${await signer.sign(claims)}` };
  return app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
}

/** Members of a new tenant. Each has sent a request, and therefore has a profile. */
async function tenant(...names: string[]): Promise<AccessClaims[]> {
  const tenantId = randomUUID();
  const people = names.map((name) =>
    testClaims({ tenant_id: tenantId, name, email: `${name}@${tenantId}.example` }),
  );
  for (const person of people) await call(person, 'GET', '/users/me');
  return people;
}

describe('the own profile', () => {
  it('is created from the token at the first request, also by parallel requests', async () => {
    const claims = testClaims({ email: 'ada@example.com', name: 'Ada Lovelace', role: 'moderator' });
    const responses = await Promise.all(Array.from({ length: 10 }, () => call(claims, 'GET', '/users/me')));
    for (const response of responses) {
      expect(response.statusCode).toBe(200);
      expect(Profile.parse(response.json())).toMatchObject({
        id: claims.user_id,
        tenant_id: claims.tenant_id,
        email: 'ada@example.com',
        display_name: 'Ada Lovelace',
        role: 'moderator',
        preferences: {},
      });
    }
  });

  it('keeps the fields that a change does not name', async () => {
    const claims = testClaims();
    const change = { display_name: 'Ada', bio: 'Engines', preferences: { theme: 'dark', rows: [1, 2] } };
    const changed = (await call(claims, 'PUT', '/users/me', change)).json();
    expect(changed).toMatchObject(change);
    const again = (await call(claims, 'PUT', '/users/me', { bio: null })).json();
    expect(again).toMatchObject({ ...change, bio: null });
    expect((await call(claims, 'PUT', '/users/me', {})).json()).toMatchObject({ display_name: 'Ada' });
  });

  it.each([
    ['role', { role: 'admin' }],
    ['tenant_id', { tenant_id: randomUUID() }],
    ['avatar_url', { avatar_url: 'javascript:alert(1)' }],
    ['phone', { phone: 'call me' }],
    ['display_name', { display_name: '   ' }],
  ])('rejects an invalid change of %s', async (_field, change) => {
    expect((await call(testClaims(), 'PUT', '/users/me', change)).statusCode).toBe(422);
  });

  it('responds with 422, not 500, to text that cannot be stored', async () => {
    for (const change of [{ bio: 'a\u0000b' }, { preferences: { a: 'b\u0000' } }])
      expect((await call(testClaims(), 'PUT', '/users/me', change)).statusCode).toBe(422);
  });

  it('takes email and role from newer tokens', async () => {
    const claims = testClaims({ email: 'old@example.com' });
    await call(claims, 'PUT', '/users/me', { display_name: 'Kept' });
    const newer = { ...claims, email: 'new@example.com', role: 'readonly' as const };
    expect((await call(newer, 'GET', '/users/me')).json()).toMatchObject({
      email: 'new@example.com',
      role: 'readonly',
      display_name: 'Kept',
    });
  });
});

describe('profiles of others', () => {
  it('are visible in their tenant; elsewhere they do not exist', async () => {
    const [ada, ben] = await tenant('ada', 'ben');
    const [eve] = await tenant('eve');
    if (!ada || !ben || !eve) throw new Error('unreachable');
    expect((await call(ada, 'GET', `/users/${ben.user_id}`)).json()).toMatchObject({ display_name: 'ben' });
    const foreign = await call(eve, 'GET', `/users/${ben.user_id}`);
    const absent = await call(eve, 'GET', `/users/${randomUUID()}`);
    const strip = (response: typeof foreign) => ({ ...response.json(), timestamp: 0, request_id: 0 });
    expect([foreign.statusCode, strip(foreign)]).toEqual([404, strip(absent)]);
    expect((await call(eve, 'GET', '/users/not-a-uuid')).statusCode).toBe(422);
  });

  it('are listed by name in pages, with correct totals, for one tenant only', async () => {
    const [ada] = await tenant('ada', 'Ben', 'cleo', 'dan', 'eve');
    await tenant('ada', 'foreigner');
    if (!ada) throw new Error('unreachable');
    const page = async (query: string) => (await call(ada, 'GET', `/users?${query}`)).json();
    const names = (listed: { users: { display_name: string }[] }) =>
      listed.users.map((user) => user.display_name);
    const first = await page('page_size=2');
    expect(names(first)).toEqual(['ada', 'Ben']);
    expect(first).toMatchObject({ total: 5, page: 1, page_size: 2, total_pages: 3 });
    expect(names(await page('page_size=2&page=3'))).toEqual(['eve']);
    expect(await page('page_size=2&page=99')).toMatchObject({ users: [], total: 5 });
    expect(names(await page('search=BEN'))).toEqual(['Ben']);
    expect(await page('search=%25')).toMatchObject({ users: [], total: 0 });
    expect(await page(`search=${encodeURIComponent("'; drop table profiles.profiles; --")}`)).toMatchObject({
      total: 0,
    });
  });

  it.each(['page=0', 'page_size=1000000000', 'page_size=x', 'page=1&page=2'])(
    'rejects the page %s',
    async (query) => {
      expect((await call(testClaims(), 'GET', `/users?${query}`)).statusCode).toBe(422);
    },
  );

  it('are counted per tenant', async () => {
    const [ada] = await tenant('ada', 'ben');
    if (!ada) throw new Error('unreachable');
    expect((await call(ada, 'GET', '/users/stats')).json()).toEqual({
      total: 2,
      active: 2,
      created_last_30_days: 2,
    });
  });
});

describe('the routes for services', () => {
  const internal = (method: 'POST' | 'DELETE', url: string, payload?: object, key = internalKey) =>
    app.inject({ method, url, headers: { 'x-internal-key': key }, ...(payload ? { payload } : {}) });

  it('create and delete profiles idempotently', async () => {
    const claims = testClaims();
    const body = {
      id: claims.user_id,
      tenant_id: claims.tenant_id,
      email: claims.email,
      display_name: 'Ada',
    };
    for (let time = 0; time < 2; time += 1) {
      const created = await internal('POST', '/internal/users', body);
      expect([created.statusCode, created.json().display_name]).toEqual([201, 'Ada']);
    }
    expect((await call(claims, 'GET', '/users/me')).json().display_name).toBe('Ada');
    const path = `/internal/users/${claims.user_id}?tenant_id=${claims.tenant_id}`;
    for (let time = 0; time < 2; time += 1) expect((await internal('DELETE', path)).statusCode).toBe(204);
    expect((await call(claims, 'GET', '/users/stats')).json().total).toBe(0);
  });

  it('cannot change a profile of another tenant', async () => {
    const [ada] = await tenant('ada');
    if (!ada) throw new Error('unreachable');
    const other = randomUUID();
    const taken = await internal('POST', '/internal/users', {
      id: ada.user_id,
      tenant_id: other,
      email: 'x@example.com',
    });
    expect(taken.statusCode).toBe(409);
    await internal('DELETE', `/internal/users/${ada.user_id}?tenant_id=${other}`);
    expect((await call(ada, 'GET', '/users/stats')).json().total).toBe(1);
  });

  it('reject requests without the internal key', async () => {
    expect((await internal('POST', '/internal/users', {}, 'x'.repeat(32))).statusCode).toBe(403);
  });
});

it('is ready while the database responds, and reports why it does not', async () => {
  expect((await app.inject('/ready')).statusCode).toBe(200);
  const log = createLog({ service: 'test', level: 'silent' });
  const broken = openDatabase({ url: stores.urlOf('user_service').replace('password-of', 'guess'), log });
  const service = buildApp({
    config: { INTERNAL_API_KEY: internalKey },
    log,
    database: broken,
    dependencies: [broken.dependency],
    authenticate: () => testClaims(),
    authorities,
  });
  const response = await service.inject('/ready');
  expect(response.statusCode).toBe(503);
  expect(response.json().checks.postgresql.error).toBe(
    '28P01 password authentication failed for user "user_service"',
  );
  await service.close();
  await broken.close();
});

it('shows profiles of the tenant only to its active users', async () => {
  const [ada] = await tenant('ada');
  if (!ada) throw new Error('unreachable');
  authorities.set(ada, { role: 'readonly' });
  expect((await call(ada, 'GET', '/users')).statusCode).toBe(200);
  authorities.set(ada, { is_active: false });
  for (const path of ['/users', '/users/stats', `/users/${ada.user_id}`])
    expect((await call(ada, 'GET', path)).json().error).toBe('token_revoked');
});
