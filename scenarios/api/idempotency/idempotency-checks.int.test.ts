import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openInstruments,
  type RunInstruments,
} from '../../../harness/engine/instruments/open-instruments.ts';
import { assessmentPolicy } from '../../../harness/plan/policy.ts';
import { toPlan } from '../../../harness/plan/to-plan.ts';
import { type OpenPlatform, openPlatform } from '../../../harness/run/platform/open-platform.ts';
import { readSettings } from '../../../harness/run/settings.ts';
import { checks } from '../../catalogue.ts';
import { runAlone } from '../../testing/run-alone.ts';

let folder: string;
let platform: OpenPlatform;
let instruments: RunInstruments;
let admin: pg.Pool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idempotency-'));
  const packageRoot = resolve(import.meta.dirname, '../../..');
  const runId = `idempotency-${process.pid}`;
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
  instruments = openInstruments({
    stack: platform.stack.addresses,
    capabilities: new Set(['postgres-admin', 'many-source-addresses']),
    tmpDir: folder,
    seed: 1,
    runId,
    trackProcess: () => undefined,
    boot: [],
    exited: () => [],
  });
  admin = new pg.Pool({ connectionString: platform.stack.addresses.postgres?.adminUrl ?? '', max: 2 });
}, 90_000);
afterAll(async () => {
  await admin?.end();
  await instruments?.[Symbol.asyncDispose]();
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

async function result() {
  const definition = checks.find(({ id }) => id === 'api.idempotency.repetitions-have-one-effect');
  if (!definition) throw new Error('There is no such check');
  const { outcome, facts } = await runAlone({ definition, plan, instruments });
  return { outcome, notHonoured: (facts.observed.notHonoured ?? []) as string[], observed: facts.observed };
}

describe('the check of idempotency keys', { timeout: 150_000 }, () => {
  it('passes on the platform', async () => {
    expect(await result()).toMatchObject({ outcome: 'pass', observed: { notHonoured: [] } });
  });

  it('names the routes of a service that forgets keys', async () => {
    await admin.query(
      `create function public.forget() returns trigger language plpgsql as 'begin return null; end'`,
    );
    await admin.query(
      'grant usage on schema public to public; grant execute on function public.forget to public',
    );
    const forgetful = ['files', 'identity'];
    for (const schema of forgetful)
      await admin.query(
        `create trigger forget before insert on ${schema}.idempotency_keys for each row execute function public.forget()`,
      );
    const { outcome, notHonoured } = await result();
    expect(outcome).toBe('fail');
    expect(new Set(notHonoured.map((line) => line.split('.')[0]))).toEqual(
      new Set(['file-service', 'platform-services']),
    );
    expect(notHonoured.find((line) => line.startsWith('platform-services.createWorkspace'))).toMatch(
      /4 of 4 requests at once had an effect|the repetition got/,
    );
  });
});
