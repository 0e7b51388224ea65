import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { toProblem } from '../http/problem-response.ts';
import { createLog } from '../observe/log.ts';
import { type Database, isSqlState, openDatabase, sqlState, type Tenant } from './database.ts';

let stores: TemporaryDatabase;
let database: Database;
beforeAll(async () => {
  stores = await startTemporaryDatabase();
  const log = createLog({ service: 'test', level: 'silent' });
  database = openDatabase({ url: stores.urlOf('user_service'), poolSize: 2, log });
});
afterAll(async () => {
  await database?.close();
  await stores?.stop();
});

const tenant = (): Tenant => ({ tenantId: randomUUID(), userId: randomUUID() });
const insert = {
  name: 'test_insert',
  text: `insert into profiles.profiles (id, tenant_id, email, display_name, role)
         values ($1, $2, 'a@b.example', 'A', 'user')`,
};
const own = { name: 'test_own', text: 'select tenant_id from profiles.profiles' };
const setting = `select coalesce(current_setting('app.tenant_id', true), '') as tenant`;

describe('openDatabase', () => {
  it('reports as not ready that no connection became free, with a time to wait', async () => {
    const url = stores.urlOf('user_service');
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    try {
      const held = await pool.connect();
      pool.options.connectionTimeoutMillis = 20;
      const error = await pool.connect().catch(toProblem);
      held.release();
      expect(error).toMatchObject({ code: 'not_ready', status: 503, headers: { 'retry-after': '2' } });
    } finally {
      await pool.end();
    }
  });

  it('reports as not ready that the server accepts no further connection', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const pool = new pg.Pool({ host: '127.0.0.1', port, connectionTimeoutMillis: 20 });
    try {
      expect(await pool.connect().catch(toProblem)).toMatchObject({ code: 'not_ready', status: 503 });
    } finally {
      await pool.end();
      silent.close();
    }
  });

  it('never mixes two tenants in a pool of two connections, even after errors', async () => {
    const [a, b] = [tenant(), tenant()];
    for (const who of [a, b]) await database.tenantQuery(who, insert, [randomUUID(), who.tenantId]);
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const who = index % 2 ? a : b;
        const read = () =>
          index % 3 === 0
            ? database.withTenant(who, (tx) => tx.query<{ tenant_id: string }>(own))
            : database.tenantQuery<{ tenant_id: string }>(who, own);
        if (index % 7 === 0)
          await expect(database.tenantQuery(who, 'select 1/0')).rejects.toMatchObject({ code: '22012' });
        if (index % 11 === 0)
          await expect(database.withTenant(who, (tx) => tx.query('select nonsense'))).rejects.toMatchObject({
            code: '42703',
          });
        expect((await read()).rows).toEqual([{ tenant_id: who.tenantId }]);
        expect((await database.query<{ tenant_id: string }>(own)).rows).toEqual([]);
      }),
    );
  });

  it('separates hundreds of pending reads on shared connections, even after a failed one', async () => {
    const tenants = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const who = tenant();
        await database.tenantQuery(who, insert, [randomUUID(), who.tenantId]);
        return who;
      }),
    );
    const divide = { name: 'test_divide', text: 'select 1 / $1::int as n' };
    await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const who = tenants[index % tenants.length] as Tenant;
        if (index % 17 === 0)
          await expect(database.tenantRead(who, divide, [0])).rejects.toMatchObject({ code: '22012' });
        else expect((await database.tenantRead(who, own)).rows).toEqual([{ tenant_id: who.tenantId }]);
      }),
    );
  });

  it('reads again after its shared connections were cut', async () => {
    const who = tenant();
    const admin = openDatabase({
      url: stores.adminUrl,
      log: createLog({ service: 'test', level: 'silent' }),
    });
    await database.tenantRead(who, own);
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'user_service'`,
    );
    await admin.close();
    await expect
      .poll(() =>
        database.tenantRead(who, own).then(
          ({ rows }) => rows,
          () => 'cut',
        ),
      )
      .toEqual([]);
    await expect
      .poll(() =>
        database.tenantQuery(who, own).then(
          ({ rows }) => rows,
          () => 'cut',
        ),
      )
      .toEqual([]);
  });

  it('reports as not ready that a connection died while it was in use, and stays alive', async () => {
    const admin = openDatabase({
      url: stores.adminUrl,
      log: createLog({ service: 'test', level: 'silent' }),
    });
    const failed = database.withTenant(tenant(), async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await admin.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
      await tx.query('select 1');
    });
    expect(await failed.catch(toProblem)).toMatchObject({ code: 'not_ready', status: 503 });
    await admin.close();
    expect((await database.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  it('leaves nothing of a tenant on the connection', async () => {
    await database.tenantQuery(tenant(), 'select 1');
    await database.withTenant(tenant(), (tx) => tx.query('select 1'));
    await database.tenantQuery(tenant(), 'select 1/0').catch(() => {});
    for (let time = 0; time < 4; time += 1)
      expect((await database.query(setting)).rows).toEqual([{ tenant: '' }]);
  });

  it('rolls back a transaction when its work throws', async () => {
    const who = tenant();
    const failed = database.withTenant(who, async (tx) => {
      await tx.query(insert, [randomUUID(), who.tenantId]);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect((await database.tenantQuery(who, own)).rows).toEqual([]);
  });

  it('rolls back a single statement that fails', async () => {
    const who = tenant();
    const id = randomUUID();
    await database.tenantQuery(who, insert, [id, who.tenantId]);
    const again = await database
      .tenantQuery(who, insert, [id, who.tenantId])
      .catch((error: unknown) => error);
    expect(isSqlState(again, sqlState.uniqueViolation, 'profiles_pkey')).toBe(true);
    expect((await database.tenantQuery(who, own)).rows).toHaveLength(1);
  });

  it('reuses a prepared statement whose text failed before', async () => {
    const statement = { name: 'test_late', text: 'select n from profiles_late' };
    const who = tenant();
    for (let time = 0; time < 3; time += 1)
      await expect(database.tenantQuery(who, statement)).rejects.toMatchObject({ code: '42P01' });
    expect((await database.tenantQuery(who, 'select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  it('returns the same values once a statement is no longer described', async () => {
    const who = tenant();
    const typed = {
      name: 'test_typed',
      text: `select $1::timestamptz as at, $2::int8 as n, null::text as none, array['a', 'b'] as list,
                    '{"k": [1]}'::jsonb as json, $3::bytea as bytes, true as yes`,
    };
    const at = new Date('2026-01-02T03:04:05.678Z');
    const expected = [
      {
        at: at.toISOString(),
        n: 5,
        none: null,
        list: ['a', 'b'],
        json: { k: [1] },
        bytes: Buffer.from([0, 255]),
        yes: true,
      },
    ];
    for (let time = 0; time < 3; time += 1) {
      const values = [at, 5, Buffer.from([0, 255])];
      expect(await database.tenantRead(who, typed, values)).toEqual({ rows: expected, rowCount: 1 });
      expect((await database.tenantQuery(who, typed, values)).rows).toEqual(expected);
      // This statement returns no rows, so there is nothing to describe.
      expect(await database.tenantQuery(who, insert, [randomUUID(), who.tenantId])).toEqual({
        rows: [],
        rowCount: 1,
      });
    }
    expect((await database.tenantRead(who, own)).rowCount).toBe(3);
  });

  it('rejects a known statement whose columns have changed', async () => {
    const admin = openDatabase({
      url: stores.adminUrl,
      log: createLog({ service: 'test', level: 'silent' }),
    });
    await admin.query('create table profiles.changing (a int)');
    await admin.query('grant select on profiles.changing to user_service');
    await admin.query('insert into profiles.changing values (1)');
    const changing = { name: 'test_changing', text: 'select * from profiles.changing' };
    const who = tenant();
    expect((await database.tenantRead(who, changing)).rows).toEqual([{ a: 1 }]);
    await admin.query(`alter table profiles.changing add column b text default 'b'`);
    await admin.close();
    await expect(database.tenantRead(who, changing)).rejects.toMatchObject({ code: '0A000' });
  });

  it('rejects a tenant that is not a UUID before it sends anything', async () => {
    const forged = { tenantId: `x'; reset role; --`, userId: randomUUID() };
    await expect(database.tenantQuery(forged, 'select 1')).rejects.toThrow(TypeError);
    await expect(database.withTenant(forged, async () => {})).rejects.toThrow(TypeError);
  });

  it('returns timestamps as contracts declare them and counts as numbers', async () => {
    const { rows } = await database.query(
      `select '2026-01-02 03:04:05.678+02'::timestamptz as at, 5::int8 as n, null::timestamptz as none`,
    );
    expect(rows).toEqual([{ at: '2026-01-02T01:04:05.678Z', n: 5, none: null }]);
  });
});
