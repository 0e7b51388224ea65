import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { createLog } from '../../../platform/kit/observe/log.ts';
import { openRedis } from '../../../platform/kit/redis/redis.ts';
import type { StackNode } from '../runtime.ts';
import { replicaNode, sentinelNodes } from '../stack/platform-stack.ts';
import { FakeStacks, fake } from '../testing/fake-stack.ts';

const store = (name: string, dependsOn: StackNode['dependsOn'] = {}): StackNode => ({
  name,
  kind: 'store',
  dependsOn,
  env: {},
  startTimeoutMs: 30_000,
});

test('Sentinels promote the replica of a dead primary, and services find it', {
  timeout: 60_000,
}, async () => {
  await using stacks = await FakeStacks.create();
  let environment: Readonly<Record<string, string>> = {};
  const { stack } = await stacks.boot([
    store('redis'),
    store(replicaNode, { redis: 'ready' }),
    ...sentinelNodes.map((name) => store(name, { [replicaNode]: 'ready' })),
    fake(
      'gateway',
      'ready',
      {},
      {
        rewriteEnvironment(variables) {
          environment = variables;
          return variables;
        },
      },
    ),
  ]);
  expect(stack.boot.filter(({ state }) => state !== 'ready')).toEqual([]);
  expect(Object.keys(stack.addresses.redundant ?? {})).toEqual([replicaNode, ...sentinelNodes]);
  const ofService = openRedis({
    url: environment.REDIS_URL ?? '',
    log: createLog({ service: 'test', level: 'silent' }),
  });
  const failover = stack.failovers?.redis;
  if (!failover) throw new Error('the stack has no replica');
  const replica = new Redis(failover.standbyUrl);
  try {
    // A restart of the primary is shorter than the time after which it counts as dead.
    await ofService.client.set('kept', '1');
    const restart = await stack.restarts?.restart('redis', AbortSignal.timeout(20_000));
    expect(restart).toMatchObject({ exit: 'exited with code 0', readyAtMs: expect.any(Number) });
    await expect.poll(() => ofService.client.get('kept').catch(String), { timeout: 10_000 }).toBe('1');
    await expect.poll(() => replica.info('replication')).toContain('master_link_status:up');
    await ofService.client.set('latest', '2');
    expect(await ofService.client.wait(1, 5_000)).toBe(1);
    await expect(replica.set('kept', '2')).rejects.toThrow(/READONLY/);

    const times = await failover.killPrimary(AbortSignal.timeout(30_000));
    expect(times.promotedAtMs).toBeGreaterThan(times.killedAtMs);
    await expect.poll(() => ofService.client.set('after', '3').catch(String), { timeout: 20_000 }).toBe('OK');
    expect(await replica.mget('kept', 'latest', 'after')).toEqual(['1', '2', '3']);
    expect(stack.exited()).toEqual([]);
  } finally {
    replica.disconnect();
    await ofService.close();
  }
});
