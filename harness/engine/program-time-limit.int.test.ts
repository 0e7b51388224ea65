import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defineCheck } from './check.ts';
import { equals } from './expectations.ts';
import { instrumentsAt, stackOf } from './instruments/testing/instruments-at.ts';
import { MemoryEvidence } from './instruments/testing/memory-evidence.ts';
import { runCheck } from './run-check.ts';

let tmpDir: string;
let gateway: Server | undefined;
beforeEach(async () => {
  tmpDir = await mkdtemp(join(tmpdir(), 'readiness-program-limit-'));
});
afterEach(async () => {
  gateway?.closeAllConnections();
  gateway?.close();
  gateway = undefined;
  await rm(tmpDir, { recursive: true, force: true });
});

async function listen(listener: RequestListener): Promise<string> {
  gateway = createServer(listener).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  return `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
}

/** Runs a check that waits for a program that never ends. */
async function shortfallAt(address: string) {
  await using instruments = instrumentsAt(stackOf({ gateway: address }), { tmpDir });
  const evidence = Object.assign(new MemoryEvidence(), { paths: [] });
  const definition = defineCheck({
    id: 'api.clients.waits',
    title: 'Waits',
    why: 'because',
    category: 'api',
    severity: 'high',
    services: ['gateway'],
    remediation: { text: 'fix it', effort: 'hours' },
    expects: { ok: equals(true) },
    async run({ programs }) {
      const folder = await programs.folder();
      await programs.run('node', ['-e', 'setInterval(() => {}, 1000)'], { label: 'use', folder });
      return { ok: true };
    },
  });
  const { shortfall, observed } = await runCheck({
    definition,
    timeoutMs: 300,
    signal: new AbortController().signal,
    instruments: (options) => instruments.forCheck(options),
    evidence,
    logs: () => [],
    now: () => performance.now(),
  });
  expect(observed).toEqual({});
  return shortfall;
}

it('blames the harness when a program is too slow and the platform responds', async () => {
  const shortfall = await shortfallAt(await listen((_request, response) => response.end('{}')));
  expect(shortfall).toEqual({
    kind: 'threw',
    message:
      'node did not finish within 0.3 s, although the platform responded. The program hangs or this machine is too slow for it.',
  });
});

it('blames the product when the platform is not ready beside the program', async () => {
  const address = await listen((_request, response) => response.writeHead(503).end('{}'));
  expect(await shortfallAt(address)).toEqual({
    kind: 'product-failure',
    message: 'node did not finish within 0.3 s, and gateway was not ready (status 503).',
  });
});

it('blames the product when the platform does not respond beside the program', async () => {
  expect(await shortfallAt(await listen(() => {}))).toEqual({
    kind: 'product-failure',
    message: expect.stringContaining('gateway did not respond within 3 s'),
  });
});

it('blames the product when nothing listens beside the program', async () => {
  expect(await shortfallAt('http://127.0.0.1:1')).toEqual({
    kind: 'product-failure',
    message: expect.stringContaining('gateway did not respond'),
  });
});
