import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findK6 } from '../../../cli/setup/k6.mjs';
import { checkNamed, instrumentsAt, stackOf, unusedUrl } from '../testing/instruments-at.ts';
import { MemoryEvidence } from '../testing/memory-evidence.ts';
import { tinyServer } from '../testing/tiny-server.ts';
import type { LoadInstrument, LoadSummary } from './load.ts';
import { type LoadPlan, referenceStep } from './load-plan.ts';

const signal = new AbortController().signal;
const k6Path = findK6(process.cwd(), process.env);
const toolPaths = k6Path ? { k6: k6Path } : {};

let tmpDir: string;
beforeEach(async () => {
  tmpDir = await mkdtemp(join(tmpdir(), 'readiness-load-'));
});
afterEach(async () => {
  await rm(tmpDir, { recursive: true, force: true });
});

/** Opens the load instrument of a check in front of a gateway. */
async function openAt(gateway: string) {
  await using cleanup = new AsyncDisposableStack();
  const capabilities = new Set(['k6'] as const);
  const instruments = cleanup.use(instrumentsAt(stackOf({ gateway }), { tmpDir, capabilities, toolPaths }));
  const evidence = new MemoryEvidence();
  const opened = cleanup.use(
    await instruments.forCheck({ check: checkNamed('load.x', ['k6']), signal, evidence }),
  );
  const all = cleanup.move();
  return { load: opened.context.load, evidence, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const walk = (expectedStatuses: number[]): LoadPlan => ({
  name: 'walk',
  model: { stages: [{ rate: 20, duration: 2 }] },
  iterationP99Ms: 500,
  flows: [
    {
      name: 'walk',
      weight: 1,
      steps: [
        { service: 'gateway', method: 'GET', path: '/a', token: 'tok-secret', expectedStatuses },
        { service: 'gateway', method: 'POST', path: '/b', body: { x: 1 }, expectedStatuses: [200] },
      ],
    },
  ],
});

const engines: [string, (load: LoadInstrument, plan: LoadPlan) => Promise<LoadSummary>, string][] = [
  ['the embedded engine', (load, plan) => load.run(plan), 'load-walk.json'],
  ...(k6Path
    ? [
        ['k6', (load: LoadInstrument, plan: LoadPlan) => load.runWithK6(plan), 'load-k6-walk.json'] as [
          string,
          (load: LoadInstrument, plan: LoadPlan) => Promise<LoadSummary>,
          string,
        ],
      ]
    : []),
];

describe.each(engines)('load by %s', (_, run, file) => {
  it('counts unexpected responses as failed, and writes a record without tokens', async () => {
    const received: { authorization: string | undefined; body: string }[] = [];
    await using server = await tinyServer((request, response, body) => {
      received.push({ authorization: request.headers.authorization, body });
      response.writeHead(request.url === '/a' ? 503 : 200);
      response.end('x');
    });
    await using opened = await openAt(server.url);
    const summary = await run(opened.load, walk([200]));
    expect(summary).toMatchObject({ dropped: 0, failed: summary.total / 2 });
    expect(summary.total).toBe(received.length);
    expect(summary.total).toBeGreaterThanOrEqual(78);
    expect(received[0]?.authorization).toBe('Bearer tok-secret');
    expect(received.some(({ body }) => body === '{"x":1}')).toBe(true);
    expect(opened.evidence.text(file)).not.toContain('tok-secret');
  });

  it('counts requests without a response as failed', async () => {
    await using opened = await openAt(unusedUrl);
    const summary = await run(opened.load, walk([200]));
    expect(summary.failed).toBe(summary.total);
    expect(summary.total).toBeGreaterThan(59);
    expect(summary.p95Ms).toBe(10_000);
  });

  it('reports a broken generator as a failure of the harness', async () => {
    await using opened = await openAt(unusedUrl);
    const [flow] = walk([200]).flows;
    const broken = { ...walk([200]), flows: [{ ...flow, name: 'x', weight: -1, steps: [] }] };
    await expect(run(opened.load, broken)).rejects.toThrow();
  });
});

describe('the embedded engine', () => {
  it('shows which statuses each step returned, and the times of both halves', async () => {
    let requests = 0;
    await using server = await tinyServer((_request, response) => {
      requests += 1;
      response.writeHead(requests % 2 === 0 ? 200 : 500);
      setTimeout(() => response.end('x'), requests * 2);
    });
    await using opened = await openAt(server.url);
    const step = { service: 'gateway', method: 'GET', path: '/a', expectedStatuses: [200] } as const;
    const result = await opened.load.run({
      name: 'halves',
      model: { iterations: 40, concurrency: 1 },
      flows: [{ name: 'one', weight: 1, steps: [step] }],
    });
    const [figures] = result.steps;
    expect(figures).toMatchObject({ name: 'GET /a', total: 40, failed: 20, failures: { 500: 20 } });
    const [first, second] = figures?.partsP50Ms ?? [];
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(30);
  });

  it('sends its own reference server the requests meant for it', async () => {
    await using opened = await openAt(unusedUrl);
    const result = await opened.load.run({
      name: 'reference',
      model: { iterations: 20, concurrency: 1 },
      flows: [{ name: 'reference', weight: 1, steps: [referenceStep] }],
    });
    expect(result.total).toBe(0);
    expect(result.steps[0]).toMatchObject({ name: referenceStep.name, total: 20, failed: 0 });
  });
});

describe.skipIf(!k6Path)('a k6 script of the user', () => {
  const script = (threshold: string) => `
    import http from 'k6/http';
    export const options = { iterations: 3, thresholds: { http_req_failed: ['${threshold}'], checks: ['rate==1'] } };
    export default () => { http.get(__ENV.GATEWAY_URL + '/a'); };`;

  async function runScript(text: string) {
    const received: string[] = [];
    await using server = await tinyServer((request, response) => {
      received.push(request.url ?? '');
      response.end('x');
    });
    await using opened = await openAt(server.url);
    const file = join(tmpDir, 'own.js');
    await writeFile(file, text);
    const result = await opened.load.runScript(file, { GATEWAY_URL: server.url });
    return { result, received, left: await readdir(join(tmpDir, 'load')) };
  }

  it('shows its thresholds, met or not', async () => {
    const met = await runScript(script('rate<0.1'));
    expect(met.received).toEqual(['/a', '/a', '/a']);
    expect(met.result).toMatchObject({ iterations: 3, requests: 3 });
    expect(met.result.thresholds).toContainEqual({ threshold: 'http_req_failed: rate<0.1', met: true });
    expect(met.left).toEqual([]);
    const violated = await runScript(script('rate>0.5'));
    expect(violated.result.thresholds).toContainEqual({
      threshold: 'http_req_failed: rate>0.5',
      met: false,
    });
  });

  it('is a failure of the script when it throws, and of no threshold', async () => {
    await expect(runScript("throw new Error('mine is broken');")).rejects.toThrow(
      /k6 exited with code 107 \(the script threw\).*mine is broken/s,
    );
  });
});
