import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { tenantOf } from '../auth/tenant-of.ts';
import { problem } from '../http/problem.ts';
import { createLog } from '../observe/log.ts';
import { type Database, openDatabase, type Tenant } from '../postgres/database.ts';
import { afterCommit } from '../postgres/joined-transaction.ts';
import { buildService } from '../service/build-service.ts';
import { expectProblem } from '../testing/expect-problem.ts';
import { testClaims } from '../testing/test-claims.ts';

const made = z.object({ id: z.uuid(), name: z.string() });
const body = z.object({ name: z.string().max(100), fail: z.string().optional() });
const write = { access: 'user', body, success: { status: 201, description: 'Made', schema: made } } as const;

const contract = service({
  name: 'user-service',
  title: 'Makes people',
  port: 8008,
  mounts: [],
  routes: {
    make: route({ method: 'POST', path: '/people', summary: 'Make a person', ...write }),
    remake: route({
      method: 'PUT',
      path: '/people/:id',
      summary: 'Another route',
      params: z.object({ id: z.string() }),
      ...write,
    }),
    claim: route({
      method: 'POST',
      path: '/slow-people',
      summary: 'Make a person slowly',
      idempotency: 'claim',
      ...write,
    }),
    finish: route({
      method: 'POST',
      path: '/late-people',
      summary: 'Wait first',
      idempotency: 'claim',
      ...write,
    }),
    inner: route({
      method: 'POST',
      path: '/inner-people',
      summary: 'For services',
      ...write,
      access: 'service',
      body: body.extend({ tenant_id: z.uuid() }),
    }),
  },
});

const internalKey = 'k'.repeat(32);
const log = createLog({ service: 'test', level: 'silent' });
let stores: TemporaryDatabase;
let database: Database;
let app: FastifyInstance;
/** Users by the token that they send. */
const users = new Map<string, ReturnType<typeof testClaims>>();
const closers: (() => Promise<unknown>)[] = [];

/** Called in a handler after its change, before its response. */
let pause: (database: Database) => Promise<void> = async () => {};
let runs = 0;
let committed: string[] = [];

async function make(on: Database, tenant: Tenant, { name, fail }: z.output<typeof body>) {
  runs += 1;
  const id = randomUUID();
  const insert = `insert into profiles.profiles (id, tenant_id, email, display_name, role)
                  values ($1, $2, $3, $4, 'user')`;
  await on.withTenant(tenant, async (tx) => {
    await tx.query(insert, [id, tenant.tenantId, `${id}@x.example`, name]);
  });
  afterCommit(() => committed.push(name));
  await pause(on);
  if (fail !== undefined) throw problem(fail as 'conflict');
  return { id, name };
}

function build(on: Database): FastifyInstance {
  const built = buildService(contract, {
    config: { INTERNAL_API_KEY: internalKey },
    log,
    dependencies: [],
    idempotency: { database: on, schema: 'profiles' },
    authenticate(token) {
      const claims = users.get(token);
      if (claims) return claims;
      throw problem('unauthenticated');
    },
    handlers: {
      make: ({ caller, body }) => make(on, tenantOf(caller), body),
      remake: ({ caller, body }) => make(on, tenantOf(caller), body),
      claim: ({ caller, body }) => make(on, tenantOf(caller), body),
      async finish(request) {
        await pause(on);
        await request.joinResponse();
        return make(on, tenantOf(request.caller), request.body);
      },
      inner: ({ body }) => make(on, { tenantId: body.tenant_id, userId: body.tenant_id }, body),
    },
  });
  closers.push(() => built.close());
  return built;
}

function open(): Database {
  const opened = openDatabase({ url: stores.urlOf('user_service'), poolSize: 4, log });
  closers.push(() => opened.close());
  return opened;
}

beforeAll(async () => {
  stores = await startTemporaryDatabase();
});
afterAll(async () => {
  await stores?.stop();
});
beforeEach(() => {
  pause = async () => {};
  runs = 0;
  committed = [];
  database = open();
  app = build(database);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function user(): string {
  const token = randomUUID();
  users.set(token, testClaims());
  return token;
}

interface Sent {
  token: string;
  key?: string;
  name?: string;
  fail?: string;
  url?: string;
  on?: FastifyInstance;
  method?: 'POST' | 'PUT';
}

const send = ({ token, key, name = 'Ada', fail, url = '/people', on = app, method = 'POST' }: Sent) =>
  on.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    payload: { name, ...(fail === undefined ? {} : { fail }) },
  });

async function namesOf(token: string): Promise<string[]> {
  const tenant = tenantOf(users.get(token) as ReturnType<typeof testClaims>);
  const { rows } = await database.tenantQuery<{ display_name: string }>(
    tenant,
    'select display_name from profiles.profiles order by 1',
  );
  return rows.map(({ display_name }) => display_name);
}

/** A promise and the function that resolves it. */
function gate() {
  return Promise.withResolvers<void>();
}

describe.each([
  { kind: 'a transaction', url: '/people' },
  { kind: 'a claim', url: '/slow-people' },
  { kind: 'a claim with a last transaction', url: '/late-people' },
])('an idempotency key, kept in $kind', ({ url }) => {
  it('gives a repetition the stored response', async () => {
    const [token, key] = [user(), randomUUID()];
    const first = await send({ token, key, url });
    const second = await send({ token, key, url });
    expect(first.statusCode).toBe(201);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(second.statusCode).toBe(201);
    expect(second.json()).toEqual(first.json());
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(await namesOf(token)).toEqual(['Ada']);
    expect(committed).toEqual(['Ada']);
  });

  it('has one effect for 50 requests at once, and one response', async () => {
    const [token, key] = [user(), randomUUID()];
    const done = gate();
    const untilDone = async () => {
      for (;;) {
        const response = await send({ token, key, url });
        if (response.statusCode === 201) done.resolve();
        if (response.statusCode !== 409) return response;
        expectProblem(response, 409, 'idempotency_key_in_use');
        expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1);
        await done.promise;
      }
    };
    const responses = await Promise.all(Array.from({ length: 50 }, untilDone));
    expect(new Set(responses.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(responses.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(await namesOf(token)).toEqual(['Ada']);
  });

  it('is rejected for another body with 422', async () => {
    const [token, key] = [user(), randomUUID()];
    await send({ token, key, url });
    expectProblem(await send({ token, key, url, name: 'Bob' }), 422, 'idempotency_key_reused');
    expect(await namesOf(token)).toEqual(['Ada']);
  });

  it('is rejected with 409 while its request is running', async () => {
    const [token, key] = [user(), randomUUID()];
    const [begun, release] = [gate(), gate()];
    pause = async () => {
      begun.resolve();
      await release.promise;
    };
    const first = send({ token, key, url });
    await begun.promise;
    const second = await send({ token, key, url });
    expectProblem(second, 409, 'idempotency_key_in_use');
    expect(Number(second.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    release.resolve();
    expect((await first).statusCode).toBe(201);
    expect(runs).toBe(1);
  });

  it('is another key for another user, and another key means another effect', async () => {
    const [token, key] = [user(), randomUUID()];
    const other = user();
    await send({ token, key, url });
    expect((await send({ token: other, key, url, name: 'Bob' })).statusCode).toBe(201);
    await send({ token, key: randomUUID(), url });
    expect(await namesOf(token)).toEqual(['Ada', 'Ada']);
    expect(await namesOf(other)).toEqual(['Bob']);
  });

  it('is stored for another process', async () => {
    const [token, key] = [user(), randomUUID()];
    const first = await send({ token, key, url });
    const replay = await send({ token, key, url, on: build(open()) });
    expect(replay.json()).toEqual(first.json());
    expect(runs).toBe(1);
  });

  it('is free again after a request that failed or was not accepted', async () => {
    const [token, key] = [user(), randomUUID()];
    for (const [fail, status] of [
      ['internal', 500],
      ['rate_limited', 429],
      ['forbidden', 403],
    ] as const)
      expect((await send({ token, key, url, fail })).statusCode).toBe(status);
    expect((await send({ token, key, url, name: 'Eve' })).statusCode).toBe(201);
  });

  it('gives a repetition the stored problem of a change that was not possible', async () => {
    const [token, key] = [user(), randomUUID()];
    const first = await send({ token, key, url, fail: 'conflict' });
    const second = await send({ token, key, url, fail: 'conflict' });
    expectProblem(first, 409, 'conflict');
    expectProblem(second, 409, 'conflict');
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(runs).toBe(1);
  });
});

describe('a request with an idempotency key', () => {
  it('has no effect when its process loses the database between the change and the response', async () => {
    const [token, key] = [user(), randomUUID()];
    pause = async (on) => {
      pause = async () => {};
      const { rows } = await on.query<{ pid: number }>('select pg_backend_pid() as pid');
      await on.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    };
    expect((await send({ token, key })).statusCode).toBeGreaterThanOrEqual(500);
    expect(await namesOf(token)).toEqual([]);
    expect((await send({ token, key })).statusCode).toBe(201);
    expect(await namesOf(token)).toEqual(['Ada']);
    expect(committed).toEqual(['Ada']);
  });

  it('leaves nothing when it fails after a change', async () => {
    const token = user();
    expect((await send({ token, key: randomUUID(), fail: 'not_ready' })).statusCode).toBe(503);
    expect(await namesOf(token)).toEqual([]);
    expect(committed).toEqual([]);
  });

  it('keeps what its handler has written before it rejects the request', async () => {
    const token = user();
    await send({ token, key: randomUUID(), fail: 'invalid_credentials' });
    expect(await namesOf(token)).toEqual(['Ada']);
  });

  it('belongs to its route', async () => {
    const [token, key] = [user(), randomUUID()];
    await send({ token, key });
    expect((await send({ token, key, method: 'PUT', url: '/people/1' })).statusCode).toBe(201);
    expectProblem(await send({ token, key, method: 'PUT', url: '/people/2' }), 422, 'idempotency_key_reused');
  });

  it('of a service belongs to the tenant that it names', async () => {
    const [a, b, key] = [randomUUID(), randomUUID(), randomUUID()];
    const call = (tenant_id: string) =>
      app.inject({
        method: 'POST',
        url: '/inner-people',
        headers: { 'x-internal-key': internalKey, 'idempotency-key': key },
        payload: { name: 'Ada', tenant_id },
      });
    const [first, other, again] = [await call(a), await call(b), await call(a)];
    expect(again.json()).toEqual(first.json());
    expect(other.json()).not.toEqual(first.json());
    expect(runs).toBe(2);
  });

  it.each([
    ['is empty', ''],
    ['has a space', 'a b'],
    ['has 256 characters', 'x'.repeat(256)],
    ['has other characters than ASCII', 'schlüssel'],
  ])('is rejected when the key %s', async (_reason, key) => {
    const token = user();
    const response = await send({ token, key });
    expect(expectProblem(response, 422, 'validation_failed').details?.[0]?.loc).toEqual([
      'headers',
      'idempotency-key',
    ]);
    expect(await namesOf(token)).toEqual([]);
  });

  it('is not needed', async () => {
    const token = user();
    await Promise.all([send({ token }), send({ token })]);
    expect(await namesOf(token)).toEqual(['Ada', 'Ada']);
  });
});

describe('stored keys', () => {
  const admin = async <Row extends object>(text: string, values: unknown[] = []) => {
    const opened = openDatabase({ url: stores.adminUrl, log });
    try {
      return (await opened.query<Row>(text, values)).rows;
    } finally {
      await opened.close();
    }
  };

  it('hold neither the key nor the response in the clear', async () => {
    const token = user();
    await send({ token, key: 'my-secret-key', name: 'My secret name' });
    const rows = await admin<{ text: string }>(
      `select k::text || encode(response, 'escape') as text from profiles.idempotency_keys k`,
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { text } of rows) expect(text).not.toMatch(/secret/);
  });

  it('expire, and are deleted in batches', async () => {
    const [token, key] = [user(), randomUUID()];
    await send({ token, key });
    await admin(`update profiles.idempotency_keys set expires_at = now() - interval '1 second'`);
    expect((await send({ token, key, name: 'Bob' })).statusCode).toBe(201);
    await send({ token, key: randomUUID() });
    await admin(`update profiles.idempotency_keys set expires_at = now() - interval '1 second'`);
    const { rows } = await database.query('select profiles.sweep_idempotency_keys(1) as swept');
    expect(rows).toEqual([{ swept: 1 }]);
    await database.query('select profiles.sweep_idempotency_keys(10000)');
    expect(await admin('select 1 from profiles.idempotency_keys')).toEqual([]);
  });

  it('let a repetition take over when the process of a claim has died', async () => {
    const [token, key] = [user(), randomUUID()];
    const url = '/slow-people';
    const [begun, never] = [gate(), gate()];
    pause = () => {
      begun.resolve();
      return never.promise;
    };
    const lost = send({ token, key, url });
    await begun.promise;
    pause = async () => {};
    expect((await send({ token, key, url })).statusCode).toBe(409);
    await admin('update profiles.idempotency_keys set held_until = now() where holder is not null');
    const second = await send({ token, key, url });
    expect(second.statusCode).toBe(201);
    // The first one was not dead. It must not replace the stored response.
    never.resolve();
    await lost;
    expect((await send({ token, key, url })).json()).toEqual(second.json());
  });
});
