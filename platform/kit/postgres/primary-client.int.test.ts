import { once } from 'node:events';
import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createLog } from '../observe/log.ts';
import { type Database, openDatabase } from './database.ts';

// A server whose sessions are read-only stands in for a standby: services see the same.
let first: TemporaryDatabase;
let second: TemporaryDatabase;
beforeAll(async () => {
  [first, second] = await Promise.all([startTemporaryDatabase(), startTemporaryDatabase()]);
  for (const server of [first, second])
    await asAdmin(server, `alter role user_service set test.folder = '${folderOf(server)}'`);
});
afterAll(() => Promise.all([first?.stop(), second?.stop()]));

const folderOf = ({ adminUrl }: TemporaryDatabase) => new URL(adminUrl).searchParams.get('host') ?? '';

/** @returns the rows of the last statement */
async function asAdmin(server: TemporaryDatabase, ...statements: readonly string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  let last: unknown[] = [];
  for (const statement of statements) last = (await client.query(statement)).rows;
  await client.end();
  return last;
}

/** Returns when new sessions have the setting, because a reload takes effect some time after it was asked for. */
async function setReadOnly(server: TemporaryDatabase, readOnly: boolean): Promise<void> {
  await asAdmin(
    server,
    `alter system set default_transaction_read_only = ${readOnly}`,
    'select pg_reload_conf()',
  );
  const setting = () => asAdmin(server, `select current_setting('default_transaction_read_only') as value`);
  await expect.poll(setting, { timeout: 5_000 }).toEqual([{ value: readOnly ? 'on' : 'off' }]);
}

/** Ends the connections of the services, as the death of the server does. */
const disconnect = (server: TemporaryDatabase) =>
  asAdmin(server, `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'user_service'`);

function open(hosts: readonly string[], ports?: readonly number[]): Database {
  const url = new URL(first.urlOf('user_service'));
  url.searchParams.set('host', hosts.join(','));
  if (ports) url.searchParams.set('port', ports.join(','));
  url.searchParams.set('target_session_attrs', 'read-write');
  return openDatabase({ url: String(url), log: createLog({ service: 'test', level: 'silent' }) });
}

const tenant = {
  tenantId: '00000000-0000-4000-8000-000000000001',
  userId: '00000000-0000-4000-8000-000000000002',
};

async function serversOf(database: Database) {
  const text = `select current_setting('test.folder') as folder`;
  const [pooled, pipelined] = await Promise.all([
    database.query<{ folder: string }>(text),
    database.tenantRead<{ folder: string }>(tenant, { name: 'test_folder', text }),
  ]);
  return [pooled.rows[0]?.folder, pipelined.rows[0]?.folder];
}

it('uses the server that accepts writes, and follows a change of it', async () => {
  await setReadOnly(first, true);
  await setReadOnly(second, false);
  const database = open([folderOf(first), folderOf(second)]);
  try {
    expect(await serversOf(database)).toEqual([folderOf(second), folderOf(second)]);
    await setReadOnly(second, true);
    await setReadOnly(first, false);
    await disconnect(second);
    await expect
      .poll(() => serversOf(database), { timeout: 5_000 })
      .toEqual([folderOf(first), folderOf(first)]);
  } finally {
    await database.close();
  }
});

it('waits for a server to become writable instead of failing at once', async () => {
  await setReadOnly(first, true);
  await setReadOnly(second, true);
  const database = open([folderOf(first), folderOf(second)]);
  try {
    const reading = serversOf(database);
    await setReadOnly(second, false);
    expect(await reading).toEqual([folderOf(second), folderOf(second)]);
  } finally {
    await database.close();
  }
});

it('reports the problem of every server when none accepts writes', async () => {
  await setReadOnly(second, true);
  const database = open(['/nonexistent', folderOf(second)]);
  try {
    await expect(database.query('select 1')).rejects.toThrow(
      /no database server accepts writes: .*ENOENT.*; the server is a standby/,
    );
  } finally {
    await database.close();
  }
});

/** A server that accepts connections and sends nothing. */
async function startSilentServer() {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

it('passes over a server that never responds', async () => {
  await setReadOnly(second, false);
  const { server, port } = await startSilentServer();
  const database = open(['127.0.0.1', folderOf(second)], [port, 5432]);
  try {
    const { rows } = await database.query<{ n: number }>('select 1 as n');
    expect(rows).toEqual([{ n: 1 }]);
  } finally {
    await database.close();
    server.close();
  }
});

it('reports a server that the last round of the search did not reach', async () => {
  await setReadOnly(second, true);
  const { server, port } = await startSilentServer();
  const database = open(['127.0.0.1', folderOf(second)], [port, 5432]);
  try {
    await expect(database.query('select 1')).rejects.toThrow(
      /no database server accepts writes: .*timeout.*; the server is a standby/,
    );
  } finally {
    await database.close();
    server.close();
  }
});
