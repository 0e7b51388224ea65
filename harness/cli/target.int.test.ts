import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type OpenPlatform, openPlatform } from '../run/platform/open-platform.ts';
import type { RunContext } from '../run/run-context.ts';
import { readSettings } from '../run/settings.ts';
import { runCli } from './run-cli.ts';
import { type GivenPerson, registerGivenPerson } from './testing/given-person.ts';
import { spawnHarness } from './testing/spawned-harness.ts';

const packageRoot = resolve(import.meta.dirname, '../..');
let folder: string;
let platform: OpenPlatform;
let variables: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'target-'));
  platform = await openPlatform({
    context: contextWith(folder, process.env),
    runId: `target-${process.pid}`,
    runDir: folder,
    fixedPorts: false,
    traces: false,
    // Nothing writes to a deleted account later, so its erasure need not wait.
    env: {
      'platform-services': { ERASURE_QUIET_SECONDS: '0' },
      // The tests and the clean-ups of killed runs sign in from one address, more often than a client may.
      gateway: { RATE_LIMIT_EXEMPT_ADDRESSES: '127.0.0.1' },
    },
    bootTimeoutMs: 60_000,
    signal: new AbortController().signal,
  });
  const { postgres, redis } = platform.stack.addresses;
  variables = { TARGET_DATABASE: postgres?.adminUrl ?? '', TARGET_REDIS: redis?.url ?? '' };
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function contextWith(runsDir: string, env: Readonly<Record<string, string | undefined>>): RunContext {
  return {
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    settings: readSettings({ ...env, NO_COLOR: '1' }),
    packageRoot,
    cacheDir: join(packageRoot, '.cache'),
    runsDir,
    now: () => new Date(),
  };
}

/** Runs a command line with a new folder of runs, or the given one. */
async function cli(argv: readonly string[], runsDir?: string) {
  const runs = runsDir ?? (await mkdtemp(join(folder, 'runs-')));
  const context = contextWith(runs, { PATH: process.env.PATH, ...variables });
  const [stdout, stderr] = [context.stdout as PassThrough, context.stderr as PassThrough];
  const output = Promise.all([text(stdout), text(stderr)]);
  const code = await runCli(argv, context);
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  return { code, out, err, runs };
}

async function targetFile(more: object, services?: object): Promise<string> {
  const file = join(folder, `target-${Math.random().toString(36).slice(2)}.yaml`);
  const target = {
    name: 'test',
    label: 'staging',
    services: services ?? platform.stack.addresses.services,
    accounts: { register: true },
    ...more,
  };
  await writeFile(file, stringify(target));
  return file;
}

const everything = {
  sourceAddresses: 'many',
  database: { admin: { env: 'TARGET_DATABASE' }, removeRows: true },
  redis: { admin: { env: 'TARGET_REDIS' } },
};

/**
 * Number of rows of every table, apart from what names nobody: audit events without a tenant, and the states of
 * erasures, which their ids alone can read for some days.
 */
async function rowCounts(): Promise<Record<string, number>> {
  const client = new Client({ connectionString: variables.TARGET_DATABASE ?? '' });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    const counts: Record<string, number> = {};
    for (const { name } of rows.filter((table) => table.name !== 'identity.erasures')) {
      const of = name === 'identity.audit_events' ? `${name} where tenant_id is not null` : name;
      const { rows: counted } = await client.query(`select count(*)::int as count from ${of}`);
      counts[name] = counted[0].count;
    }
    return counts;
  } finally {
    await client.end();
  }
}

/** Tables with a row that contains an id, a tenant or an email of the run's ledger, each with the number of such rows. */
async function rowsOfRun(runDir: string): Promise<Record<string, number>> {
  const ledger = await readFile(join(runDir, 'ledger.jsonl'), 'utf8');
  const entries = ledger
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  const words = entries.flatMap(({ type, email, userId, tenantId }) =>
    type === 'account' || type === 'registered' ? [email, userId, tenantId] : [],
  );
  const patterns = [...new Set(words.filter((word) => typeof word === 'string'))].map((word) => `%${word}%`);
  expect(patterns.length).toBeGreaterThan(2);
  const client = new Client({ connectionString: variables.TARGET_DATABASE ?? '' });
  await client.connect();
  try {
    const counts: Record<string, number> = {};
    for (const table of [...Object.keys(await rowCounts()), 'identity.erasures']) {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int as count from ${table} as it where it::text ilike any($1)`,
        [patterns],
      );
      if (rows[0]?.count) counts[table] = rows[0].count;
    }
    return counts;
  } finally {
    await client.end();
  }
}

const onlyRunIn = async (runs: string): Promise<string> => join(runs, (await readdir(runs))[0] ?? '');

interface SomeFacts {
  observed: Record<string, unknown>;
  shortfall?: { kind: string; message: string; hint?: string };
}

/** The evidence of the watch that a check has. */
async function availabilityIn(runs: string, check: string): Promise<unknown> {
  const [run] = (await readdir(runs)).sort().reverse();
  return JSON.parse(await readFile(join(runs, run ?? '', 'evidence', check, 'availability.json'), 'utf8'));
}

async function factsIn(runs: string) {
  const [run] = (await readdir(runs)).sort().reverse();
  const facts = JSON.parse(await readFile(join(runs, run ?? '', 'facts.json'), 'utf8'));
  return new Map<string, SomeFacts>(facts.checks.map((check: { check: string }) => [check.check, check]));
}

/** Registers an account to give, and sets the variable with its password. */
async function givenAccount(name: string): Promise<GivenPerson> {
  const person = await registerGivenPerson(platform.stack.addresses.services.gateway, name);
  variables[person.env] = person.password;
  return person;
}

const some = ['api.users.account-lifecycle', 'authentication.login', 'services.file-service.ready'];
const only = some.flatMap((pattern) => ['--only', pattern]);

describe('a run on a deployed target', () => {
  test('measures as usual and leaves no row but audit events that name no client', async () => {
    const before = await rowCounts();
    const file = await targetFile(everything);
    const { out, runs } = await cli(['run', '--target', file, ...only]);
    expect(out).toMatch(/Left on test:\n {2}audit events without a tenant: they name no client\n$/);
    const facts = await factsIn(runs);
    expect(facts.get('api.users.account-lifecycle')).not.toHaveProperty('shortfall');
    expect(facts.get('services.file-service.ready')).not.toHaveProperty('shortfall');
    expect(facts.get('authentication.login.sixty-at-once')?.shortfall).toMatchObject({
      kind: 'deselected',
      message: expect.stringContaining('the target file of test does not allow it'),
    });
    expect(await rowCounts()).toEqual(before);
  }, 90_000);

  test('over HTTP alone says what is unmeasured and why, and leaves nothing', async () => {
    const { gateway, frontend } = platform.stack.addresses.services;
    const file = await targetFile({ sourceAddresses: 'many' }, { gateway, frontend });
    const available = 'services.file-service.available';
    const more = ['--only', available, '--only', 'frontend.register-creates-account'];
    const { out, runs } = await cli(['run', '--target', file, ...only, ...more]);
    const facts = await factsIn(runs);
    expect(facts.get('api.users.account-lifecycle')).not.toHaveProperty('shortfall');
    expect(facts.get('services.file-service.ready')?.shortfall).toMatchObject({
      kind: 'missing-capability',
      hint: expect.stringContaining('Add services.file-service to the target file,'),
    });
    // The gateway reports the state of the service during the whole run, and the check works through it.
    expect(facts.get(available)).not.toHaveProperty('shortfall');
    expect(facts.get(available)?.observed).toMatchObject({ ready: 5, worked: 5, problems: [], ended: [] });
    expect(await availabilityIn(runs, available)).toMatchObject([
      { service: 'file-service', through: 'the gateway', failed: 0, unknown: 0, outages: [] },
    ]);
    expect(out).toMatch(/The run has left nothing on test\.\n$/);
    expect(await rowsOfRun(await onlyRunIn(runs))).toEqual({});
  }, 150_000);

  test('over the gateway alone is finished by `sweep` after a kill, and leaves nothing', async () => {
    const { gateway } = platform.stack.addresses.services;
    const file = await targetFile({ sourceAddresses: 'many' }, { gateway });
    await using harness = await spawnHarness(
      ['run', '--target', file, '--only', 'authentication', '--only', 'api.users'],
      variables,
    );
    await harness.prints(/authentication\.register\.\S+/);
    harness.child.kill('SIGKILL');
    await harness.ended();
    const runDir = await harness.runDir();
    expect(await rowsOfRun(runDir)).not.toEqual({});
    const { out } = await cli(['sweep'], harness.runsDir);
    expect(out).toMatch(/accounts on test\n$/);
    expect(await rowsOfRun(runDir)).toEqual({});
  }, 150_000);

  test('that is killed is finished by `sweep`', async () => {
    const before = await rowCounts();
    const file = await targetFile(everything);
    await using harness = await spawnHarness(
      ['run', '--target', file, '--only', 'authentication'],
      variables,
    );
    await harness.prints(/authentication\.register\.\S+/);
    harness.child.kill('SIGKILL');
    await harness.ended();
    expect(await rowCounts()).not.toEqual(before);
    const { out } = await cli(['sweep'], harness.runsDir);
    expect(out).toMatch(/accounts on test\n/);
    expect(out.match(/left: .*/g) ?? []).toEqual([
      'left: audit events without a tenant: they name no client',
    ]);
    expect(await rowCounts()).toEqual(before);
    const ledger = await readFile(join(await harness.runDir(), 'ledger.jsonl'), 'utf8');
    expect(ledger).not.toMatch(/"password":"(?!\[removed\])/);
  }, 90_000);

  test('without permission to register leaves every check that needs a user unmeasured', async () => {
    const before = await rowCounts();
    const file = await targetFile({ accounts: { register: false } });
    const { runs } = await cli(['run', '--target', file, '--only', 'api.users.account-lifecycle']);
    const facts = await factsIn(runs);
    expect(facts.get('api.users.account-lifecycle')?.shortfall).toMatchObject({ kind: 'missing-capability' });
    expect(await rowCounts()).toEqual(before);
  }, 60_000);

  test('without registration signs in with given accounts, which keep everything but what the run made', async () => {
    const people = await Promise.all([givenAccount('one'), givenAccount('two')]);
    await people[0]?.createWorkspace('Kept');
    const before = await Promise.all(people.map((person) => person.owned()));
    expect(before[0]?.workspaces).toContain('Kept');

    const given = people.map(({ email, env }) => ({ email, password: { env } }));
    const measured = [
      'authentication.me.returns-user',
      'authentication.personal-token.limited-and-revocable',
      'api.access.spoofed-identity-ignored',
    ];
    const selected = [...measured, 'api.users.account-lifecycle', 'authentication.register.creates-account'];
    const file = await targetFile({ accounts: { register: false, given } });
    const { out, runs } = await cli(['run', '--target', file, ...selected.flatMap((id) => ['--only', id])]);
    const facts = await factsIn(runs);
    for (const id of measured) expect.soft(facts.get(id), id).not.toHaveProperty('shortfall');
    for (const id of measured)
      expect
        .soft(out, `${id} in the progress`)
        .toMatch(new RegExp(`pass\\S* .*${id.replaceAll('.', '\\.')}`));
    expect(facts.get('api.users.account-lifecycle')?.shortfall).toMatchObject({
      kind: 'missing-capability',
      message: 'Needs registration, which is not available.',
    });
    expect(await Promise.all(people.map((person) => person.owned()))).toEqual(before);
    expect(out).not.toMatch(/× bases of given-/);
    const ledger = await readFile(join(await onlyRunIn(runs), 'ledger.jsonl'), 'utf8');
    expect(ledger).toContain('"type":"released"');
    for (const { password } of people) expect(ledger).not.toContain(password);
    expect(ledger).not.toMatch(/Token"/);
  }, 120_000);

  test('with a given account that is killed is finished by `sweep`, which ends its session', async () => {
    const personalToken = 'authentication.personal-token.limited-and-revocable';
    const person = await givenAccount('three');
    const { email, env } = person;
    const before = await person.owned();
    const given = [{ email, password: { env } }];
    const file = await targetFile({ accounts: { register: false, given } });
    await using harness = await spawnHarness(
      // The second check creates nothing, and the run waits for enough probes of its service.
      ['run', '--target', file, '--only', personalToken, '--only', 'services.platform-services.available'],
      variables,
    );
    await harness.prints(/pass\S* .*authentication\.personal-token/);
    harness.child.kill('SIGKILL');
    await harness.ended();
    expect(await person.owned()).toMatchObject({ sessions: 2 });
    const { out } = await cli(['sweep'], harness.runsDir);
    expect(out).toContain(
      `audit events, notifications, SAGAs and sync logs of ${email}: no route deletes them`,
    );
    expect(await person.owned()).toEqual(before);
  }, 60_000);

  test.each([
    [
      'load on production',
      { label: 'production', allow: ['api.load.error-rate-below-5-percent'] },
      [],
      /never gets load/,
    ],
    ['an injected fault', {}, ['--fault', 'database.wrong-password'], /--fault cannot be combined/],
    ['fixed ports', {}, ['--fixed-ports'], /--fixed-ports cannot be combined/],
  ])('rejects %s with exit code 2', async (_what, more, options, message) => {
    const { code, err } = await cli(['run', '--target', await targetFile(more), ...options]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  test('ends before planning with the name and field of a secret that is not set', async () => {
    const file = await targetFile({ redis: { admin: { env: 'NOT_SET_ANYWHERE' } } });
    const { err, code, runs } = await cli(['run', '--target', file, ...only]);
    expect(err).toContain('redis.admin: the variable NOT_SET_ANYWHERE is not set.');
    expect(code).toBe(2);
    expect(await readdir(runs)).toEqual([]);
  });
});
