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
  folder = await mkdtemp(join(tmpdir(), 'administration-'));
  const packageRoot = resolve(import.meta.dirname, '../../..');
  const runId = `administration-${process.pid}`;
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
    capabilities: new Set(['postgres-admin', 'many-source-addresses', 'mail']),
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

async function resultOf(id: string) {
  const definition = checks.find((check) => check.id === `security.administration.${id}`);
  if (!definition) throw new Error(`There is no check ${id}`);
  const { outcome, facts } = await runAlone({ definition, plan, instruments, timeoutMs: 90_000 });
  return { outcome, observed: facts.observed, shortfall: facts.shortfall };
}

/** Runs a check while a trigger breaks the platform. */
async function withTrigger(id: string, { on, does }: { on: string; does: string }) {
  await admin.query(
    `create function public.sabotage() returns trigger language plpgsql as 'begin ${does} end'`,
  );
  await admin.query(
    'grant usage on schema public to public; grant execute on function public.sabotage to public',
  );
  await admin.query(`create trigger sabotage before ${on} for each row execute function public.sabotage()`);
  try {
    return await resultOf(id);
  } finally {
    await admin.query('drop function public.sabotage() cascade');
    await admin.query('revoke usage on schema public from public');
  }
}

describe('the checks of administration', { timeout: 120_000 }, () => {
  it.each([
    'roles-apply',
    'deactivation-ends-access',
    'owner-stays',
    'invitations-bound',
    'invitations-mailed',
  ])('%s passes on the platform', async (id) => {
    expect(await resultOf(id)).toMatchObject({ outcome: 'pass' });
  });

  it('notice roles that cannot be given', async () => {
    const { outcome, observed } = await withTrigger('roles-apply', {
      on: 'update of role on identity.users',
      does: 'new.role := old.role; return new;',
    });
    expect([outcome, observed.rolesShown]).toEqual(['fail', ['user', 'user', 'user', 'user']]);
  });

  it('notice a deactivation without effect', async () => {
    const { outcome, observed } = await withTrigger('deactivation-ends-access', {
      on: 'update of is_active on identity.users',
      does: 'new.is_active := old.is_active; return new;',
    });
    expect([outcome, observed.signIn]).toEqual(['fail', '200 ']);
  });

  it('notice a tenant that cannot be transferred', async () => {
    const { outcome, observed } = await withTrigger('owner-stays', {
      on: 'update of owner_id on identity.tenants',
      does: 'new.owner_id := old.owner_id; return new;',
    });
    expect([outcome, observed.formerOwnerIsRemoved]).toEqual(['fail', 403]);
  });

  it('notice an invitation that works again', async () => {
    const { outcome, observed } = await withTrigger('invitations-bound', {
      on: 'update of accepted_at on identity.invitations',
      does: 'new.accepted_at := null; return new;',
    });
    expect(outcome).toBe('fail');
    expect(observed.accepted).toEqual([expect.stringMatching(/^a second time: /)]);
  });

  it('notice an invitation without a mail', async () => {
    const { outcome } = await withTrigger('invitations-mailed', {
      on: 'insert on identity.mails',
      does: 'return null;',
    });
    expect(outcome).toBe('fail');
  });
});
