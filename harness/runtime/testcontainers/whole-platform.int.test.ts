import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { openSpanReceiver, type SpanReceiver } from '../../telemetry/span-receiver.ts';
import { readNpmSettings } from '../platform-image/npm-settings.ts';
import { buildPlatformImage } from '../platform-image/platform-image.ts';
import { type Reaper, startReaper } from '../reaper/reaper.ts';
import type { BootedStack } from '../runtime.ts';
import { platformStack } from '../stack/platform-stack.ts';
import { imageExists, objectsOf } from '../testing/container-stacks.ts';
import { createTestcontainersRuntime } from './testcontainers-runtime.ts';

const images = ['node:24-bookworm-slim', 'postgres:16.9', 'redis:7'];
const packageRoot = resolve(import.meta.dirname, '../../..');
/** A first build installs the packages, on a busy machine. */
const bootLimitMs = 600_000;

describe.runIf(process.platform === 'linux' && images.every(imageExists))('the image of the platform', () => {
  const runId = `test-platform-${process.pid}`;
  let folder: string;
  let reaper: Reaper;
  let spans: SpanReceiver;
  let stack: BootedStack;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'platform-image-'));
    reaper = startReaper({ runId });
    spans = await openSpanReceiver();
    const runtime = createTestcontainersRuntime({
      reaper,
      searchPath: process.env.PATH ?? '',
      servers: { telemetry: spans.endpoint },
      platformImage: (engine, build) =>
        buildPlatformImage({
          engine,
          packageRoot,
          cacheDir: folder,
          nodeImage: undefined,
          npm: () => readNpmSettings(process.env),
          checkContext: async () => undefined,
          ...build,
        }),
    });
    stack = await runtime.boot(platformStack({ fixedPorts: false, bootTimeoutMs: 180_000 }), {
      runId,
      runDir: folder,
      signal: new AbortController().signal,
    });
  }, bootLimitMs);
  afterAll(async () => {
    await stack?.stop();
    expect(objectsOf(runId)).toEqual([]);
    await spans?.[Symbol.asyncDispose]();
    await reaper?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('runs every service, and the harness reaches both stores', async () => {
    expect(stack.boot.filter(({ state }) => state !== 'ready')).toEqual([]);
    expect(stack.boot).toHaveLength(catalogue.length + 3);
    expect([...stack.capabilities]).toEqual(
      expect.arrayContaining(['logs', 'process-exits', 'many-source-addresses', 'local-sockets']),
    );
    const { postgres, redis } = stack.addresses;
    const client = new pg.Client(postgres?.adminUrl);
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('server_version') AS version");
    await client.end();
    expect(rows).toEqual([{ version: '16.9' }]);
    const connection = new Redis(redis?.url ?? '');
    expect(await connection.ping()).toBe('PONG');
    connection.disconnect();
  });

  test('exports the spans of a sampled request', async () => {
    const traceId = '5b8aa5a2d2c872e8321cf37308d69df2';
    const response = await fetch(`${stack.addresses.services.gateway}/api/auth/me`, {
      headers: { traceparent: `00-${traceId}-051581bf3cb55c13-01` },
    });
    expect(response.status).toBe(401);
    const received = await spans.trace(traceId, {
      complete: (all) => all.length > 0,
      limitMs: 30_000,
      signal: new AbortController().signal,
    });
    expect(received.map(({ service }) => service)).toContain('gateway');
  });

  test('names the network of every container', () => {
    expect(Object.keys(stack.addresses.networks ?? {}).sort()).toEqual(
      ['postgres', 'redis', ...catalogue.map(({ name }) => name)].sort(),
    );
  });
});
