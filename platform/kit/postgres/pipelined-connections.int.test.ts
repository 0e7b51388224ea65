import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createPipelinedConnections, type PipelinedConnections } from './pipelined-connections.ts';

let stores: TemporaryDatabase;
beforeAll(async () => {
  stores = await startTemporaryDatabase();
});
afterAll(() => stores?.stop());

let nowMs = 0;
let connections: PipelinedConnections;
function open(): void {
  nowMs = 0;
  connections = createPipelinedConnections({
    config: { connectionString: stores.urlOf('user_service') },
    connections: 2,
    onError: () => {},
    now: () => nowMs,
  });
}
afterEach(() => connections.close());

/** Process ids of the servers behind `count` statements sent at once. */
const serversOf = async (count: number) =>
  new Set(
    await Promise.all(
      Array.from({ length: count }, () =>
        connections.send(
          async (client) => (await client.query('select pg_backend_pid() as pid')).rows[0].pid,
        ),
      ),
    ),
  );

it('uses one connection while it is neither full nor blocked', async () => {
  open();
  const servers = await serversOf(64);
  expect(servers.size).toBe(1);
  expect(await serversOf(64)).toEqual(servers);
});

it('opens another connection when the first is full', async () => {
  open();
  expect((await serversOf(100)).size).toBe(2);
});

it('lets no statement wait for a slow one', async () => {
  open();
  const [quick] = await serversOf(1);
  const admin = new pg.Client({ connectionString: stores.adminUrl });
  await admin.connect();
  await admin.query('select pg_advisory_lock(1)');
  const slow = connections.send((client) => client.query('select pg_advisory_lock_shared(1)'));
  nowMs += 6;
  const [other] = await serversOf(1);
  expect(other).not.toBe(quick);
  await admin.query('select pg_advisory_unlock(1)');
  await slow;
  expect(await serversOf(1)).toEqual(new Set([quick]));
  await admin.end();
});
