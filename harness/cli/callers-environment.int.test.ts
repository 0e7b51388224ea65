import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';

const packageRoot = resolve(import.meta.dirname, '../..');

/** An address without a listener: a program that uses it as a server or proxy fails. */
const nowhere = 'http://127.0.0.1:9';

/** Variables that a user may have set for other programs. */
const environment = {
  PGHOST: 'db.invalid',
  PGPORT: '1',
  PGUSER: 'somebody',
  PGPASSWORD: 'wrong',
  PGDATABASE: 'elsewhere',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGOPTIONS: '-c default_transaction_read_only=on',
  PGSERVICE: 'production',
  PGCLIENTENCODING: 'LATIN1',
  PGDATA: '/nowhere',
  PGTZ: 'Asia/Tokyo',
  NODE_PG_FORCE_NATIVE: '1',
  DATABASE_URL: 'postgresql://somebody@db.invalid/elsewhere',
  REDIS_URL: 'redis://cache.invalid',
  REDISCLI_AUTH: 'wrong',
  NODE_USE_ENV_PROXY: '1',
  NODE_OPTIONS: '--use-env-proxy',
  HTTP_PROXY: nowhere,
  http_proxy: nowhere,
  HTTPS_PROXY: nowhere,
  ALL_PROXY: nowhere,
  all_proxy: nowhere,
  NO_PROXY: '',
  npm_config_proxy: nowhere,
  OTEL_EXPORTER_OTLP_ENDPOINT: nowhere,
  OTEL_SDK_DISABLED: 'true',
  PORT: '1',
  NODE_ENV: 'test',
  HOME: '/dev/null/home',
  XDG_CONFIG_HOME: '/dev/null/config',
};

/** Stores, clients of each language and program, and the browser. */
const selected = [
  'infrastructure',
  'api.clients.airtable-js',
  'api.clients.airtable-js-uses',
  'api.clients.airtable-ts',
  'api.clients.pyairtable',
  'api.clients.mcp-sdk',
  'api.clients.mcp-conformance',
  'frontend.pages-render',
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callers-environment-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Result {
  checks: { id: string; outcome: string }[];
}

test('a run uses only its own settings from the environment', async () => {
  const { scripts } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
  const command = scripts.readiness.replace(/^.*&& /, '');
  const selection = selected.map((pattern) => `--only ${pattern}`);
  const child = spawn('sh', ['-c', `umask 077; ${command} run --without drills ${selection.join(' ')}`], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      ...environment,
      READINESS_RUNS: join(folder, 'runs'),
      READINESS_CACHE: join(folder, 'cache'),
    },
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const [run] = await readdir(join(folder, 'runs'));
  const result: Result = JSON.parse(await readFile(join(folder, 'runs', run ?? '', 'result.json'), 'utf8'));
  const checks = result.checks.filter(({ id }) =>
    selected.some((pattern) => id === pattern || id.startsWith(`${pattern}.`)),
  );
  const failed = checks
    .filter(({ outcome }) => !['pass', 'unmeasured'].includes(outcome))
    .map(({ id, outcome }) => `${id}: ${outcome}`);
  expect(failed, `${output}\n${errors}`).toEqual([]);
  expect(checks.filter(({ outcome }) => outcome === 'pass').length).toBeGreaterThan(20);
}, 180_000);
