import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tinyServer } from '../engine/instruments/testing/tiny-server.ts';
import { readSettings } from '../run/settings.ts';
import { runCli } from './run-cli.ts';

const packageRoot = resolve(import.meta.dirname, '../..');
const now = '2025-08-11T12:00:00Z';

/** The health routes of the public PyAirtable compose file, by the port of each service. Nothing else exists. */
const layout: Readonly<Record<number, Readonly<Record<string, object>>>> = {
  8000: {
    '/api/health': {
      status: 'healthy',
      gateway: 'healthy',
      services: [
        { name: 'llm-orchestrator', status: 'healthy', url: 'http://llm:8003', response_time: 0.01 },
      ],
      websocket_stats: {},
      timestamp: now,
    },
  },
  8001: { '/health': { status: 'healthy', service: 'mcp-server-http', version: '1.0.0' } },
  8002: { '/health': { status: 'healthy', service: 'airtable-gateway', cache: {} } },
  8003: {
    '/health': {
      status: 'healthy',
      service: 'llm-orchestrator',
      version: '2.0.0',
      session_manager: {},
      cost_tracking: { enabled: true, status: 'ok' },
    },
  },
  8006: {
    '/health': {
      service: 'automation-services',
      version: '1.0.0',
      timestamp: now,
      status: 'healthy',
      components: {},
    },
    '/ready': { status: 'ready' },
  },
  8007: {
    '/health': {
      status: 'healthy',
      service: 'platform-services',
      version: '1.0.0',
      components: {},
      endpoints: {},
    },
  },
  8008: { '/health/': { status: 'healthy', version: '1.0.0', timestamp: now, components: {} } },
  3000: {
    '/api/health': { status: 'healthy', timestamp: now, service: 'tenant-dashboard', version: '1.0.0' },
  },
};

let folder: string;
let file: string;
let stand: AsyncDisposableStack;

/** Starts the layout on free ports, and writes the example with them. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-'));
  stand = new AsyncDisposableStack();
  let example = await readFile(join(packageRoot, 'fixtures/targets/pyairtable-compose.yaml'), 'utf8');
  for (const [port, routes] of Object.entries(layout)) {
    const { url } = stand.use(
      await tinyServer((request, response) => {
        const body = request.method === 'GET' ? routes[request.url ?? ''] : undefined;
        response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body ?? { detail: 'Not Found' }));
      }),
    );
    expect(example).toContain(`http://127.0.0.1:${port}\n`);
    example = example.replace(`http://127.0.0.1:${port}\n`, `${url}\n`);
  }
  file = join(folder, 'target.yaml');
  await writeFile(file, example);
});
afterEach(async () => {
  await stand.disposeAsync();
  await rm(folder, { recursive: true, force: true });
});

interface SomeCheck {
  id: string;
  outcome: string;
  explanation: string;
  shortfall?: { kind: string; message: string; hint?: string };
}

test('a platform with other contracts is NO-GO, and each check says what differs or what is missing', async () => {
  const runsDir = join(folder, 'runs');
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = Promise.all([text(stdout), text(stderr)]);
  const selection = ['infrastructure', 'services', 'authentication', 'security.tenants'];
  const code = await runCli(['run', '--target', file, ...selection.flatMap((id) => ['--only', id])], {
    stdout,
    stderr,
    settings: readSettings({ PATH: process.env.PATH, NO_COLOR: '1' }),
    packageRoot,
    cacheDir: join(packageRoot, '.cache'),
    runsDir,
    now: () => new Date(),
  });
  stdout.end();
  stderr.end();
  const [out] = await output;
  const [run = ''] = await readdir(runsDir);
  const read = async (name: string) => JSON.parse(await readFile(join(runsDir, run, name), 'utf8'));

  // The plan says before the run what the target does not allow.
  const planned = (await read('plan.json')).checks as { id: string; deselected?: string }[];
  expect(planned.find(({ id }) => id === 'authentication.login.sixty-at-once')?.deselected).toContain(
    'the target file of pyairtable-compose does not allow it',
  );

  const result = await read('result.json');
  const checks = result.checks as SomeCheck[];
  const find = (id: string) => checks.find((check) => check.id === id);
  // What it has works by other contracts. That is observed, so the verdict is more than "not proven".
  expect(result.verdict).toMatchObject({ basis: 'violated' });
  expect(code).toBe(1);
  expect(find('services.llm-orchestrator.ready')).toMatchObject({
    outcome: 'fail',
    explanation: expect.stringContaining('healthBody'),
  });
  expect(checks.filter(({ outcome }) => outcome === 'pass' || outcome === 'error')).toEqual([]);
  for (const { id, explanation } of checks) expect(explanation, id).toMatch(/\w/);

  // What it lacks is unmeasured, with what to add.
  const unmeasured = checks.filter(({ outcome }) => outcome === 'unmeasured');
  const reasons = new Set(unmeasured.map(({ shortfall }) => shortfall?.kind));
  expect(reasons).toEqual(new Set(['deselected', 'missing-capability']));
  for (const service of ['user-service', 'file-service'])
    expect(find(`services.${service}.ready`)).toMatchObject({
      outcome: 'unmeasured',
      shortfall: { hint: expect.stringContaining(`Add services.${service} to the target file`) },
    });
  expect(find('infrastructure.postgres.version-16-9')).toMatchObject({
    outcome: 'unmeasured',
    shortfall: { hint: 'Add database.admin to the target file.' },
  });
  expect(out).toMatch(/The run has left nothing on pyairtable-compose\.\n$/);
}, 60_000);
