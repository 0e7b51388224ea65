import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import {
  addPerson,
  everything,
  makeBase,
  readPayloads,
  type WatchedBase,
  watch,
} from '../../testing/watched-base.ts';

let gateway: TemporaryAirtableGateway;
/** Bypasses row-level security, to change expiry times. */
let admin: pg.Pool;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  admin = new pg.Pool({ connectionString: gateway.stores.adminUrl });
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});

const weekMs = 7 * 24 * 3_600_000;

describe('a webhook', () => {
  it('can be created, listed and deleted, and its secret appears only once', async () => {
    const base = await makeBase(gateway);
    const before = Date.now();
    const specification = { options: { filters: { ...everything, recordChangeScope: base.people } } };
    const made = await gateway.call(base.user, 'POST', base.hooks, { specification, notificationUrl: null });
    expect(made).toMatchObject({
      status: 200,
      body: { id: expect.stringMatching(/^ach[A-Za-z0-9]{14}$/), macSecretBase64: expect.any(String) },
    });
    expect(Buffer.from(made.body.macSecretBase64, 'base64')).toHaveLength(32);
    const expires = Date.parse(made.body.expirationTime);
    expect(expires).toBeGreaterThanOrEqual(before + weekMs - 1_000);
    expect(expires).toBeLessThanOrEqual(Date.now() + weekMs + 1_000);
    const listed = await gateway.call(base.user, 'GET', base.hooks);
    expect(listed.body).toEqual({
      webhooks: [
        {
          id: made.body.id,
          specification,
          notificationUrl: null,
          cursorForNextPayload: 1,
          areNotificationsEnabled: true,
          isHookEnabled: true,
          lastSuccessfulNotificationTime: null,
          lastNotificationResult: null,
          expirationTime: made.body.expirationTime,
        },
      ],
    });
    const path = `${base.hooks}/${made.body.id}`;
    expect(await gateway.call(base.user, 'DELETE', path)).toMatchObject({ status: 200, body: {} });
    expect(await gateway.call(base.user, 'DELETE', path)).toMatchObject({
      status: 404,
      body: { error: 'NOT_FOUND' },
    });
    expect((await gateway.call(base.user, 'GET', base.hooks)).body.webhooks).toEqual([]);
  });

  it('is rejected as the eleventh of a base', async () => {
    const base = await makeBase(gateway);
    await Promise.all(Array.from({ length: 10 }, () => watch(base)));
    const rejected = await gateway.call(base.user, 'POST', base.hooks, {
      specification: { options: { filters: everything } },
    });
    expect(rejected).toMatchObject({
      status: 422,
      body: { error: { type: 'TOO_MANY_WEBHOOKS_IN_BASE' } },
    });
  });

  it('is extended by a refresh or a read of payloads until it expires', async () => {
    const base = await makeBase(gateway);
    const hook = await watch(base);
    const expiry = async () => {
      const { body } = await gateway.call(base.user, 'GET', base.hooks);
      return body.webhooks[0];
    };
    const age = (interval: string) =>
      admin.query(`update airtable.webhooks set expires_at = now() + interval '${interval}' where id = $1`, [
        hook,
      ]);
    await age('1 hour');
    const refreshed = await gateway.call(base.user, 'POST', `${base.hooks}/${hook}/refresh`);
    expect(refreshed.body).toEqual({ expirationTime: (await expiry()).expirationTime });
    expect(Date.parse(refreshed.body.expirationTime)).toBeGreaterThan(Date.now() + weekMs - 60_000);
    await age('1 hour');
    await readPayloads(base, hook);
    expect(Date.parse((await expiry()).expirationTime)).toBeGreaterThan(Date.now() + weekMs - 60_000);

    await addPerson(base, { Name: 'before' });
    await age('-1 hour');
    await addPerson(base, { Name: 'after' });
    expect(await expiry()).toMatchObject({ isHookEnabled: false });
    expect((await readPayloads(base, hook)).payloads).toHaveLength(1);
    expect(await gateway.call(base.user, 'POST', `${base.hooks}/${hook}/refresh`)).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('expired') } },
    });
    expect(await expiry()).toMatchObject({ isHookEnabled: false });
    await age('-8 days');
    expect((await gateway.call(base.user, 'GET', base.hooks)).body.webhooks).toEqual([]);
    expect((await gateway.call(base.user, 'GET', `${base.hooks}/${hook}/payloads`)).status).toBe(404);
  });
});

describe('an invalid webhook request', () => {
  let base: WatchedBase;
  let hook: string;
  beforeAll(async () => {
    base = await makeBase(gateway);
    hook = await watch(base);
  });

  const filters = (more: object) => ({ specification: { options: { filters: { ...everything, ...more } } } });
  const inFilters = 'body.specification.options.filters';

  it.each<[string, unknown, string]>([
    ['no body', undefined, 'body'],
    ['no specification', {}, 'body.specification'],
    ['a specification that is not an object', { specification: 'x' }, 'body.specification'],
    ['no filters', { specification: { options: {} } }, inFilters],
    ['no data types', filters({ dataTypes: [] }), `${inFilters}.dataTypes`],
    ['an unknown data type', filters({ dataTypes: ['rows'] }), `${inFilters}.dataTypes.0`],
    ['an unknown change', filters({ changeTypes: ['add', 'move'] }), `${inFilters}.changeTypes.1`],
    ['an unknown source', filters({ fromSources: ['me'] }), `${inFilters}.fromSources.0`],
    ['a scope by name', filters({ recordChangeScope: 'People' }), `${inFilters}.recordChangeScope`],
    ['a scope with NUL', filters({ recordChangeScope: 'tbl\u0000' }), `${inFilters}.recordChangeScope`],
    [
      'an unknown field',
      filters({ watchDataInFieldIds: ['fldAAAAAAAAAAAAAA'] }),
      `${inFilters}.watchDataInFieldIds.0`,
    ],
    [
      'more fields than a table has',
      filters({ watchSchemasOfFieldIds: Array(501).fill('fldAAAAAAAAAAAAAA') }),
      `${inFilters}.watchSchemasOfFieldIds`,
    ],
    [
      'cells to include that are neither all nor a list',
      {
        specification: {
          options: { filters: everything, includes: { includeCellValuesInFieldIds: 'some' } },
        },
      },
      'body.specification.options.includes.includeCellValuesInFieldIds',
    ],
    ['an invalid URL', { ...filters({}), notificationUrl: 'here' }, 'body.notificationUrl'],
    ['a URL of a file', { ...filters({}), notificationUrl: 'file:///etc/passwd' }, 'body.notificationUrl'],
    [
      'a URL with NUL',
      { ...filters({}), notificationUrl: 'https://example.com/\u0000' },
      'body.notificationUrl',
    ],
    [
      'a URL with an unpaired surrogate',
      { ...filters({}), notificationUrl: 'https://example.com/\ud800' },
      'body.notificationUrl',
    ],
    [
      'a URL that is too long',
      { ...filters({}), notificationUrl: `https://example.com/${'x'.repeat(2_048)}` },
      'body.notificationUrl',
    ],
  ])('with %s is rejected with the path of the invalid part', async (_what, body, path) => {
    const response = await gateway.call(base.user, 'POST', base.hooks, body);
    expect(response).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining(path) } },
    });
  });

  it('with a field outside the watched table is rejected', async () => {
    const body = filters({ recordChangeScope: base.teams, watchDataInFieldIds: [base.fields.Name] });
    expect(await gateway.call(base.user, 'POST', base.hooks, body)).toMatchObject({
      status: 422,
      body: { error: { type: 'INVALID_FILTERS' } },
    });
  });

  it.each([
    'cursor=0',
    'cursor=-1',
    'cursor=x',
    'cursor=1.5',
    'cursor=1e99',
    'limit=0',
    'limit=51',
    'limit=x',
  ])('for payloads with %s is rejected with the name of the parameter', async (query) => {
    const response = await gateway.call(base.user, 'GET', `${base.hooks}/${hook}/payloads?${query}`);
    const name = `query.${query.split('=')[0]}`;
    expect(response).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining(name) } },
    });
  });

  it.each(['achAAAAAAAAAAAAAA', 'ach', '%00', "'%20or%201=1", 'recAAAAAAAAAAAAAA'])(
    'for the unknown webhook %s is rejected with 404',
    async (id) => {
      for (const [method, path, body] of [
        ['GET', '/payloads', undefined],
        ['POST', '/refresh', undefined],
        ['POST', '/enableNotifications', { enable: true }],
      ] as const) {
        const response = await gateway.call(base.user, method, `${base.hooks}/${id}${path}`, body);
        expect(response.status).toBe(404);
      }
    },
  );

  it('to enable pings without a boolean is rejected', async () => {
    for (const body of [{}, { enable: 'yes' }, { enable: null }])
      expect(
        await gateway.call(base.user, 'POST', `${base.hooks}/${hook}/enableNotifications`, body),
      ).toMatchObject({
        status: 422,
        body: { error: { message: expect.stringContaining('body.enable') } },
      });
  });
});
