import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../observe/log.ts';
import { makeStoreFolder } from '../testing/store-folder.ts';
import { openRedis } from './redis.ts';

const password = 'of-both-servers';
let folder: string;
let ports: number[];
const children: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function start(name: string, lines: readonly string[], args: readonly string[] = []) {
  const file = join(folder, `${name}.conf`);
  await writeFile(file, ['bind 127.0.0.1', ...lines, ''].join('\n'));
  const child = spawn('redis-server', [file, ...args], { stdio: 'ignore', cwd: folder });
  children.push(child);
  return child;
}

let primary: ChildProcess;
beforeAll(async () => {
  folder = await makeStoreFolder('sentinel');
  ports = await Promise.all([freePort(), freePort(), freePort()]);
  const shared = [
    'save ""',
    `requirepass ${password}`,
    `masterauth ${password}`,
    'repl-diskless-sync-delay 0',
  ];
  primary = await start('primary', [`port ${ports[0]}`, ...shared]);
  await start('replica', [`port ${ports[1]}`, `replicaof 127.0.0.1 ${ports[0]}`, ...shared]);
  await start(
    'watch',
    [
      `port ${ports[2]}`,
      `sentinel monitor platform 127.0.0.1 ${ports[0]} 1`,
      `sentinel auth-pass platform ${password}`,
      'sentinel down-after-milliseconds platform 300',
      'sentinel failover-timeout platform 3000',
    ],
    ['--sentinel'],
  );
});
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

it('finds the primary by Sentinel, and the new one after its death', { timeout: 30_000 }, async () => {
  const store = openRedis({
    url: `redis+sentinel://:${password}@127.0.0.1:${ports[2]}/platform/0`,
    log: createLog({ service: 'test', level: 'silent' }),
  });
  try {
    // Until then the replica copies what there is. Nothing waits for it, and Sentinel may promote it without the rest.
    await expect
      .poll(async () => (await store.client.role().catch(() => [])).at(2), { timeout: 10_000 })
      .toHaveLength(1);
    expect(await store.client.set('kept', '1')).toBe('OK');
    await expect.poll(() => store.replicated().then(() => 'kept', String), { timeout: 10_000 }).toBe('kept');
    const sentinel = new Redis({ port: Number(ports[2]) });
    await expect
      .poll(async () => String(await sentinel.call('SENTINEL', 'replicas', 'platform')), { timeout: 15_000 })
      .toMatch(/runid,[0-9a-f]{40}/);
    sentinel.disconnect();
    primary.kill('SIGKILL');
    await once(primary, 'exit');
    await expect.poll(() => store.client.set('after', '2').catch(String), { timeout: 20_000 }).toBe('OK');
    // The replica is gone: the write waits for nothing.
    await store.replicated();
    expect(await store.client.mget('kept', 'after')).toEqual(['1', '2']);
    expect(await store.client.info('replication')).toContain('role:master');
  } finally {
    await store.close();
  }
});
