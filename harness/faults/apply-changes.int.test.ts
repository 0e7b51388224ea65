import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../platform/database/testing/temporary-database.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../platform/kit/testing/temporary-redis.ts';
import { tinyServer } from '../engine/instruments/testing/tiny-server.ts';
import type { StackAddresses } from '../engine/stack.ts';
import { applyChanges, type ChangeablePlatform } from './apply-changes.ts';
import type { Change } from './change.ts';

let database: TemporaryDatabase;
let store: TemporaryRedis;
let admin: pg.Client;
let redis: Redis;

beforeAll(async () => {
  [database, store] = await Promise.all([startTemporaryDatabase(), startTemporaryRedis()]);
  admin = new pg.Client({ connectionString: database.adminUrl });
  redis = new Redis(store.url.replace('unix://', ''));
  await admin.connect();
  await admin.query('create table public.things (id int primary key, name text)');
});
afterAll(async () => {
  redis.disconnect();
  await admin.end();
  await Promise.all([database.stop(), store.stop()]);
});

function platform(services: Record<string, string> = {}): ChangeablePlatform {
  return {
    addresses: {
      services: services as StackAddresses['services'],
      postgres: { adminUrl: database.adminUrl, serviceUrls: {} },
      redis: { url: store.url.replace('unix://', '') },
    },
    signal: async () => false,
    exited: () => [],
  };
}

const namesAfterInsert = async () => {
  await admin.query(`truncate things; insert into things values (1, 'a')`);
  return (await admin.query('select name from things')).rows.map(({ name }) => name);
};
const trigger: Change = {
  kind: 'trigger',
  on: 'before insert on public.things',
  does: `new.name := 'x'; return new;`,
};

describe('changes of a booted platform', () => {
  it('act and are lifted: a trigger', async () => {
    const applied = await applyChanges([trigger], platform());
    expect(await namesAfterInsert()).toEqual(['x']);
    await applied[Symbol.asyncDispose]();
    expect(await namesAfterInsert()).toEqual(['a']);
    const { rows } = await admin.query(`select nspname from pg_namespace where nspname like 'break\\_%'`);
    expect(rows).toEqual([]);
  });

  it('act at the end of a transaction: a trigger', async () => {
    await using _applied = await applyChanges(
      [
        {
          kind: 'trigger',
          on: 'after insert on public.things',
          atCommit: true,
          does: 'delete from public.things where id = new.id; return null;',
        },
      ],
      platform(),
    );
    await admin.query(`begin; truncate things; insert into things values (1, 'a')`);
    expect((await admin.query('select name from things')).rows).toEqual([{ name: 'a' }]);
    await admin.query('commit');
    expect((await admin.query('select name from things')).rows).toEqual([]);
  });

  it('act and are lifted: statements, in the opposite order', async () => {
    const sql = (apply: string, restore: string): Change => ({ kind: 'sql', apply, restore });
    const applied = await applyChanges(
      [
        sql('create table public.outer_one ()', 'drop table public.outer_one'),
        sql('alter table public.outer_one add inner_one int', 'alter table public.outer_one drop inner_one'),
      ],
      platform(),
    );
    expect((await admin.query('select inner_one from outer_one')).rows).toEqual([]);
    await applied[Symbol.asyncDispose]();
    await expect(admin.query('select from outer_one')).rejects.toThrow('does not exist');
  });

  it('act and are lifted: commands of Redis', async () => {
    const limit = async () => ((await redis.call('config', 'get', 'maxclients')) as string[])[1];
    const before = await limit();
    const applied = await applyChanges(
      [
        {
          kind: 'redis',
          apply: [['config', 'set', 'maxclients', '77']],
          restore: [['config', 'set', 'maxclients', String(before)]],
        },
      ],
      platform(),
    );
    expect(await limit()).toBe('77');
    await applied[Symbol.asyncDispose]();
    expect(await limit()).toBe(before);
  });

  it('stand one before the other at a service', async () => {
    await using service = await tinyServer((request, response) =>
      response.end(request.headers['x-seen'] ?? 'none'),
    );
    const seen = (name: string): Change => ({
      kind: 'exchange',
      service: 'user-service',
      path: /./,
      request: ({ headers }) => ({ headers: { ...headers, 'x-seen': `${name}${headers['x-seen'] ?? ''}` } }),
    });
    await using applied = await applyChanges(
      [seen('inner'), seen('outer, ')],
      platform({ 'user-service': service.url }),
    );
    expect(await (await fetch(applied.addresses.services['user-service'])).text()).toBe('innerouter,');
    expect(await (await fetch(service.url)).text()).toBe('none');
  });

  it('are lifted when a later one fails', async () => {
    const broken: Change = { kind: 'sql', apply: 'select from nowhere', restore: 'select 1' };
    await expect(applyChanges([trigger, broken], platform())).rejects.toThrow('nowhere');
    expect(await namesAfterInsert()).toEqual(['a']);
  });

  it('are left out where the runtime gives no access', async () => {
    const { addresses, ...rest } = platform();
    const without = { ...rest, addresses: { services: addresses.services } };
    await expect(applyChanges([trigger], without)).rejects.toThrow('postgres-admin');
    const command: Change = { kind: 'redis', apply: [['ping']], restore: [] };
    await expect(applyChanges([command], without)).rejects.toThrow('redis-admin');
  });
});
