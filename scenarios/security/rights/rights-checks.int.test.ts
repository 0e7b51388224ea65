import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstruments } from '../../../harness/engine/instruments/open-instruments.ts';
import { assessmentPolicy } from '../../../harness/plan/policy.ts';
import { toPlan } from '../../../harness/plan/to-plan.ts';
import { type OpenPlatform, openPlatform } from '../../../harness/run/platform/open-platform.ts';
import { readSettings } from '../../../harness/run/settings.ts';
import { checks } from '../../catalogue.ts';
import { runAlone } from '../../testing/run-alone.ts';
import { rightsHold } from './rights-checks.ts';
import { type LeakyGateway, startLeakyGateway } from './testing/leaky-gateway.ts';

let folder: string;
let platform: OpenPlatform;
let gateway: LeakyGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rights-'));
  const packageRoot = resolve(import.meta.dirname, '../../..');
  const runId = `rights-${process.pid}`;
  platform = await openPlatform({
    context: {
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      settings: readSettings({ ...process.env, NO_COLOR: '1' }),
      packageRoot,
      cacheDir: join(packageRoot, '.cache'),
      runsDir: folder,
      now: () => new Date(),
    },
    runId,
    runDir: folder,
    fixedPorts: false,
    traces: false,
    bootTimeoutMs: 60_000,
    injections: [],
    signal: new AbortController().signal,
  });
  gateway = await startLeakyGateway(platform.stack.addresses.services.gateway as string);
}, 90_000);
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const plan = toPlan({
  definitions: checks,
  selected: new Set(checks.map(({ id }) => id)),
  policy: assessmentPolicy,
  runtime: 'process',
  seed: 1,
});

/** Runs the check through the leaky gateway, with accounts of its own. */
async function resultOf(name: string) {
  const { addresses } = platform.stack;
  await using instruments = openInstruments({
    stack: { ...addresses, services: { ...addresses.services, gateway: gateway.url } },
    capabilities: new Set(['many-source-addresses']),
    tmpDir: folder,
    seed: 1,
    runId: name,
    trackProcess: () => undefined,
    boot: [],
    exited: () => [],
  });
  const { outcome, facts } = await runAlone({
    definition: rightsHold,
    plan,
    instruments,
    timeoutMs: 180_000,
  });
  return { outcome, observed: facts.observed, shortfall: facts.shortfall };
}

const personsIn = (lines: unknown) => [...new Set((lines as string[]).map((line) => line.split(':')[0]))];

describe('the check of rights', { timeout: 200_000 }, () => {
  it('passes on the platform', async () => {
    expect(await resultOf('sound')).toMatchObject({
      shortfall: undefined,
      outcome: 'pass',
      observed: { wrong: [], changed: [] },
    });
  });

  it('fails when two routes forget to judge, and names who could use them and what is gone', async () => {
    gateway.leak([
      { method: 'DELETE', path: /^\/api\/files\/[^/]+$/ },
      { method: 'GET', path: /^\/api\/workspaces\/[^/]+\/members$/ },
    ]);
    const { outcome, observed } = await resultOf('leak');
    expect(outcome).toBe('fail');
    const wrong = observed.wrong as string[];
    const reading = wrong.filter((line) => line.includes('GET /api/workspaces/:id/members'));
    const deleting = wrong.filter((line) => !reading.includes(line));
    expect(personsIn(deleting)).toEqual(['commenter', 'viewer', 'removed', 'other workspace']);
    expect(deleting).toContainEqual('viewer: DELETE /api/files/:id is forbidden: 204 instead of 403');
    expect(personsIn(observed.changed)).toEqual([
      'commenter',
      'viewer',
      'removed',
      'other workspace, other tenant, anonymous',
    ]);
    // A removed member can still read.
    expect(reading).toEqual([
      'removed: GET /api/workspaces/:id/members is hidden: 200 instead of 404',
      'other workspace: GET /api/workspaces/:id/members is hidden: 200 instead of 404',
    ]);
    const changed = (observed.changed as string[]).filter((line) => !/: \/api\/files/.test(line));
    expect(changed).toEqual([]);
  });
});
