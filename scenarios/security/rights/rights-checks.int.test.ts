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

  it('fails when one route that deletes forgets to judge, and shows what is gone', async () => {
    gateway.leak([{ method: 'DELETE', path: /^\/api\/files\/[^/]+$/ }]);
    const { outcome, observed } = await resultOf('leak');
    expect(outcome).toBe('fail');
    // The first outsider deletes the file, so the next one gets the right answer.
    expect(personsIn(observed.wrong)).toEqual(['commenter', 'viewer', 'removed']);
    expect(observed.wrong).toContainEqual('viewer: DELETE /api/files/:id is forbidden: 204 instead of 403');
    expect(personsIn(observed.changed)).toEqual([
      'commenter',
      'viewer',
      'removed, other workspace, other tenant, anonymous',
    ]);
  });

  it('fails when a removed member can still read', async () => {
    gateway.leak([{ method: 'GET', path: /^\/api\/workspaces\/[^/]+\/members$/ }]);
    const { outcome, observed } = await resultOf('second-leak');
    expect(outcome).toBe('fail');
    expect(observed).toMatchObject({
      wrong: [
        'removed: GET /api/workspaces/:id/members is hidden: 200 instead of 404',
        'other workspace: GET /api/workspaces/:id/members is hidden: 200 instead of 404',
      ],
      changed: [],
    });
  });
});
