import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { StackNode } from '../runtime.ts';
import { standbyNode } from '../stack/platform-stack.ts';
import { FakeStacks, fakePrograms } from '../testing/fake-stack.ts';

const job = fileURLToPath(new URL('../testing/fake-migrate.mjs', import.meta.url));

const node = (name: string, kind: StackNode['kind'], dependsOn: StackNode['dependsOn']): StackNode => ({
  name,
  kind,
  dependsOn,
  env: {},
  startTimeoutMs: 30_000,
});

async function query(url: string, ...statements: readonly string[]) {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}

test('a standby has every commit of the primary and accepts writes after its death', async () => {
  await using stacks = await FakeStacks.create({ programs: fakePrograms({ job }) });
  const { stack } = await stacks.boot([
    node('postgres', 'store', {}),
    node('migrate', 'job', { postgres: 'ready' }),
    node(standbyNode, 'store', { migrate: 'completed' }),
  ]);
  expect(stack.boot.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  expect(stack.capabilities.has('high-availability')).toBe(true);
  const failover = stack.failovers?.postgres;
  if (!failover) throw new Error('the stack has no standby');
  const primaryUrl = stack.addresses.postgres?.adminUrl ?? '';
  await query(primaryUrl, 'create table kept (n int)', 'insert into kept values (1)');
  expect(await query(primaryUrl, 'select sync_state from pg_stat_replication')).toEqual([
    { sync_state: 'sync' },
  ]);
  await expect(query(failover.standbyUrl, 'insert into kept values (2)')).rejects.toMatchObject({
    code: '25006',
  });
  const times = await failover.killPrimary(AbortSignal.timeout(20_000));
  expect(times.promotedAtMs).toBeGreaterThan(times.killedAtMs);
  expect(
    await query(failover.standbyUrl, 'insert into kept values (2)', 'select n from kept order by n'),
  ).toEqual([{ n: 1 }, { n: 2 }]);
  await expect(query(primaryUrl, 'select 1')).rejects.toThrow();
  expect(stack.exited()).toEqual([]);
});
