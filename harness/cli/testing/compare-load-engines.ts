import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CheckScope } from '../../engine/instruments/check-scope.ts';
import { openLoad } from '../../engine/instruments/load/open-load.ts';
import type { StackAddresses } from '../../engine/stack.ts';
import { findK6 } from '../setup/k6.mjs';

/**
 * Sends one plan with the embedded engine and with k6 to a server whose times are known, and prints both figures:
 * `npm run prove:load-engines`. Exit code 1 when they are further apart than the band, 3 when the
 * generator was saturated, so that nothing can be compared.
 *
 * The band: the same counts, and percentiles within 25 % or 5 ms of each other. The server waits a set time, so that the
 * figures do not depend on how busy it is; the rest of the difference is that of the generators.
 */
const band = { share: 0.25, ms: 5 };
/** Times of responses, milliseconds: most are fast, one in twenty is slow. */
const waitOf = (request: number): number => (request % 20 === 0 ? 120 : 20 + (request % 10) * 4);

const k6Path = findK6(resolve(import.meta.dirname, '../../..'), process.env);
if (k6Path === undefined) {
  console.error('k6 is not installed: npm run readiness -- doctor');
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'load-engines-'));
let requests = 0;
const server = createServer((_request, response) => {
  requests += 1;
  setTimeout(() => response.end('{}'), waitOf(requests));
});
try {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scope: CheckScope = {
    signal: new AbortController().signal,
    patience: 1,
    evidence: { write: async () => undefined },
    requireCapability: () => undefined,
    tmpDir: folder,
    env: {},
    trackProcess: () => undefined,
    running: new Set(),
  };
  const services = { gateway } as unknown as StackAddresses['services'];
  const load = openLoad(scope, { k6Path, services, traceId: 'a'.repeat(32) });
  const step = (path: string) =>
    ({ service: 'gateway', method: 'GET', path, expectedStatuses: [200] }) as const;
  const plan = {
    name: 'both',
    flows: [
      { name: 'one', weight: 3, steps: [step('/a')] },
      { name: 'two', weight: 1, steps: [step('/b'), step('/c')] },
    ],
    model: { stages: [{ rate: 40, duration: 15 }] },
  };
  const embedded = await load.run(plan);
  requests = 0;
  const k6 = await load.runWithK6(plan);
  const rows = [
    ['iterations', embedded.iterations, k6.iterations, Math.abs(embedded.iterations - k6.iterations) <= 1],
    ['requests', embedded.total, k6.total, Math.abs(embedded.total - k6.total) <= 2],
    ['failed', embedded.failed, k6.failed, embedded.failed === k6.failed],
    ['dropped', embedded.dropped, k6.dropped, embedded.dropped === k6.dropped],
    ...(['p50Ms', 'p95Ms', 'p99Ms'] as const).map((name) => {
      const difference = Math.abs(embedded[name] - k6[name]);
      return [
        name,
        embedded[name].toFixed(1),
        k6[name].toFixed(1),
        difference <= Math.max(band.ms, band.share * k6[name]),
      ] as const;
    }),
  ] as const;
  console.log(`${'figure'.padEnd(12)}${'embedded'.padStart(10)}${'k6'.padStart(10)}  within the band`);
  for (const [name, ours, theirs, within] of rows)
    console.log(
      `${name.padEnd(12)}${String(ours).padStart(10)}${String(theirs).padStart(10)}  ${within ? 'yes' : 'no'}`,
    );
  console.log(
    `generator: ${embedded.generator.saturated ?? 'not saturated'}; late by ${embedded.generator.lagP99Ms.toFixed(1)} ms (p99)`,
  );
  // A saturated generator measures its own delay, which k6 leaves out of its times.
  const comparable = embedded.generator.saturated === undefined;
  process.exitCode = !comparable ? 3 : rows.every(([, , , within]) => within) ? 0 : 1;
} finally {
  server.close();
  await rm(folder, { recursive: true, force: true });
}
