import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BootedStack, StackNode } from '../runtime.ts';
import { FakeStacks, fake, fakePrograms } from '../testing/fake-stack.ts';

const job = fileURLToPath(new URL('../testing/fake-migrate.mjs', import.meta.url));

function store(
  name: string,
  kind: 'store' | 'job' = 'store',
  dependsOn: StackNode['dependsOn'] = {},
): StackNode {
  return { name, kind, dependsOn, env: {}, startTimeoutMs: 20_000 };
}

const postgres = store('postgres');
const redis = store('redis');
const migrate = store('migrate', 'job', { postgres: 'ready' });
const userService = fake('user-service', 'ready', { migrate: 'completed', redis: 'started' });

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const adminUrl = (stack: BootedStack) => stack.addresses.postgres?.adminUrl ?? '';
const states = (stack: BootedStack) => stack.boot.map(({ node, state }) => `${node} ${state}`);

describe('the stores of a run', () => {
  let cacheDir: string;
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'stores-cache-'));
  });
  afterEach(() => rm(cacheDir, { recursive: true, force: true }));
  const stacksWith = (migrationsDigest: string | undefined) =>
    FakeStacks.create({
      programs: fakePrograms({ job, ...(migrationsDigest === undefined ? {} : { migrationsDigest }) }),
      cacheDir,
    });

  test('respond in their own protocols, on Unix sockets, with the passwords of the run', async () => {
    await using stacks = await stacksWith(undefined);
    const { stack } = await stacks.boot([postgres, redis, migrate, userService]);
    expect(states(stack)).toEqual(['postgres ready', 'redis ready', 'migrate ready', 'user-service ready']);
    expect(await query(adminUrl(stack), 'SHOW server_version')).toEqual([{ server_version: '16.9' }]);
    const serviceUrl = stack.addresses.postgres?.serviceUrls['user-service'] ?? '';
    expect(await query(serviceUrl, 'SELECT current_user::text AS me')).toEqual([{ me: 'user_service' }]);
    await expect(query(serviceUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({
      code: '28P01',
    });
    expect(await query(adminUrl(stack), 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    const client = new Redis(stack.addresses.redis?.url ?? '');
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
    expect([...stack.capabilities].sort()).toEqual(
      expect.arrayContaining(['logs', 'postgres-admin', 'postgres-service-roles', 'redis-admin']),
    );
  });

  test('reuse the prepared database until the migrations change, with new passwords', async () => {
    const passwords: string[] = [];
    for (const digest of ['one', 'one', 'two']) {
      await using stacks = await stacksWith(digest);
      const { stack } = await stacks.boot([postgres, redis, migrate, userService]);
      expect(states(stack).every((state) => state.endsWith(' ready'))).toBe(true);
      expect(await query(adminUrl(stack), 'SELECT count(*)::int AS runs FROM applied')).toEqual([
        { runs: 1 },
      ]);
      const serviceUrl = stack.addresses.postgres?.serviceUrls['user-service'] ?? '';
      expect(await query(serviceUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      passwords.push(new URL(serviceUrl).password);
      const [line] = stack.logs('migrate', 0).slice(-1);
      passwords.length === 2
        ? expect(line?.text).toMatch(/prepared database/)
        : expect(line?.text).toBe('migrations applied');
    }
    expect(new Set(passwords).size).toBe(3);
    expect(await readdir(join(cacheDir, 'postgres'))).toHaveLength(2);
  });

  test('replace a damaged template', async () => {
    for (const round of [1, 2, 3]) {
      await using stacks = await stacksWith('one');
      const { stack } = await stacks.boot([
        postgres,
        migrate,
        fake('gateway', 'ready', { migrate: 'completed' }),
      ]);
      expect(states(stack).every((state) => state.endsWith(' ready'))).toBe(true);
      const [entry] = await readdir(join(cacheDir, 'postgres'));
      if (round === 1) await writeFile(join(cacheDir, 'postgres', entry ?? '', 'data.tar'), 'not an archive');
      expect(stack.logs('migrate', 0).at(-1)?.text).toMatch(round === 3 ? /prepared/ : /applied/);
    }
  });

  test('report a failed migration as a product failure, save no template, and do not start its dependants', async () => {
    await using stacks = await stacksWith('one');
    const failing = { ...migrate, env: { FAKE: 'fail' } };
    const { stack } = await stacks.boot([postgres, redis, failing, userService, fake('gateway')]);
    expect(states(stack)).toEqual([
      'postgres ready',
      'redis ready',
      'migrate failed',
      'user-service not-started',
      'gateway ready',
    ]);
    expect(stack.boot[2]?.failure).toMatchObject({ kind: 'exited', by: 'product' });
    expect(stack.boot[2]?.failure?.logs.at(-1)?.text).toMatch(/syntax error at or near "TABEL"/);
    expect(stack.boot[3]?.failure?.openEdges).toEqual(['migrate: completed']);
    expect(existsSync(join(cacheDir, 'postgres'))).toBe(false);
  });

  test('boot twice at the same time without a template, and leave one', async () => {
    const boots = [1, 2].map(async () => {
      await using stacks = await stacksWith('one');
      const { stack } = await stacks.boot([
        postgres,
        migrate,
        fake('gateway', 'ready', { migrate: 'completed' }),
      ]);
      return states(stack);
    });
    for (const outcome of await Promise.all(boots))
      expect(outcome).toEqual(['postgres ready', 'migrate ready', 'gateway ready']);
    expect(await readdir(join(cacheDir, 'postgres'))).toHaveLength(1);
  });

  test('write no password of the run to a log', async () => {
    await using stacks = await stacksWith(undefined);
    const url = 'process.env.DATABASE_URL, process.env.REDIS_URL';
    const { stack } = await stacks.boot([
      postgres,
      redis,
      migrate,
      { ...userService, execArgv: ['--import', `data:text/javascript,console.log(${url})`] },
    ]);
    const secret = new URL(stack.addresses.postgres?.serviceUrls['user-service'] ?? '').password;
    const log = await readFile(join(stacks.folder, 'logs', 'user-service.log'), 'utf8');
    expect(secret).toMatch(/^[0-9a-f]{48}$/);
    expect(log).toContain('postgresql://user_service:[redacted]@');
    expect(log).not.toContain(secret);
    expect(log).toContain('redis://default:[redacted]@');
  });

  test('leave no folder and no shared memory after a stop', async () => {
    const segments = async () =>
      (await readFile('/proc/sysvipc/shm', 'utf8').catch(() => '')).trim().split('\n').length;
    const before = await segments();
    await using stacks = await stacksWith(undefined);
    const { stack } = await stacks.boot([postgres, redis]);
    expect(await segments()).toBeGreaterThanOrEqual(before);
    await stack.stop();
    expect(existsSync(`/dev/shm/pyairtable-readiness-${stacks.runId}`)).toBe(false);
    await expect(query(adminUrl(stack), 'SELECT 1')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
