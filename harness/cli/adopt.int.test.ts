import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serviceNames } from '../../platform/contracts/service.ts';
import { exitCode } from '../errors/exit-code.ts';
import { readSettings } from '../run/settings.ts';
import { parseTarget } from '../runtime/external/read-target.ts';
import { containerFacts, type FakeEngine, startFakeEngine } from '../runtime/testing/fake-engine.ts';
import { runCli } from './run-cli.ts';

const packageRoot = resolve(import.meta.dirname, '../..');
const before = process.env.DOCKER_HOST;
let folder: string;
let engine: FakeEngine;
let gateway: Server;

/** A project whose saga-service has exited; only its gateway is published, and that responds as ready. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adopt-cli-'));
  engine = await startFakeEngine();
  process.env.DOCKER_HOST = engine.address;
  gateway = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'ready', service: 'gateway' }));
  });
  await new Promise<void>((done) => gateway.listen(0, '127.0.0.1', done));
  const { port } = gateway.address() as AddressInfo;
  const published = { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
  engine.containers = serviceNames.map((service) =>
    containerFacts({
      service,
      ...(service === 'gateway' ? { NetworkSettings: { Ports: published } } : {}),
      ...(service === 'saga-service' ? { State: { Status: 'exited', ExitCode: 78 } } : {}),
    }),
  );
  engine.logs.set('shop-saga-service-1', 'DATABASE_URL is missing\n');
});
afterAll(async () => {
  if (before === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = before;
  gateway.close();
  gateway.closeAllConnections();
  await engine[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Runs a command line with a new folder of runs. */
async function cli(...argv: string[]) {
  const runsDir = await mkdtemp(join(folder, 'runs-'));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = Promise.all([text(stdout), text(stderr)]);
  const settings = readSettings({ PATH: process.env.PATH, NO_COLOR: '1' });
  const code = await runCli(argv, {
    stdout,
    stderr,
    settings,
    packageRoot,
    cacheDir: folder,
    runsDir,
    now: () => new Date(),
  });
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  return { code, out: out.replaceAll(/\s+/g, ' '), yaml: out, err, runsDir };
}

const adopt = ['--runtime', 'compose', '--adopt', 'shop'];

test('a container that has exited is a failed node of the run, with its state and log', async () => {
  const { code, out, runsDir } = await cli('run', '--only', 'services.saga-service.ready', ...adopt);
  expect(code, out).not.toBe(exitCode.ok);
  expect(out).toContain('container shop-saga-service-1 exited with code 78 before it was ready');
  const [run = ''] = await readdir(runsDir);
  const facts = JSON.parse(await readFile(join(runsDir, run, 'facts.json'), 'utf8'));
  expect(facts.boot.filter(({ state }: { state: string }) => state !== 'ready')).toMatchObject([
    {
      node: 'saga-service',
      failure: { kind: 'exited', by: 'product', logs: [{ text: 'DATABASE_URL is missing' }] },
    },
  ]);
  expect(engine.changes).toEqual([]);
});

test('a service that is not published is unmeasured, with the way to publish it', async () => {
  const { code, out } = await cli('check', 'services.user-service.ready', ...adopt);
  expect(code, out).toBe(exitCode.notProven);
  expect(out).toContain('Needs service-addresses');
});

test('a destructive check of an adopted project is unmeasured without permission', async () => {
  const { code, out } = await cli('check', 'api.fuzzing.documents-hold', ...adopt);
  expect(code, out).toBe(exitCode.notProven);
  expect(out).toContain('--allow api.fuzzing.documents-hold permits it');
});

test('a permission for a check that does not exist ends before anything runs', async () => {
  const { code, err, runsDir } = await cli('run', ...adopt, '--allow', 'api.lode');
  expect(code).toBe(exitCode.usage);
  expect(err).toContain('--allow: no check has the id "api.lode".');
  expect(await readdir(runsDir)).toEqual([]);
});

test('a project that does not exist ends before anything runs, with the names of others', async () => {
  const { code, err } = await cli('run', '--runtime', 'compose', '--adopt', 'shpo');
  expect(code).toBe(exitCode.usage);
  expect(err).toContain('No compose project "shpo" is on this machine. Running: shop.');
  expect(err).toContain('how to fix: Start it');
});

test('a project is printed as a target file', async () => {
  const { code, yaml } = await cli('target', '--from-compose', 'shop');
  expect(code).toBe(exitCode.ok);
  expect(parseTarget(yaml, 'printed.yaml')).toMatchObject({ name: 'shop', logs: { compose: 'shop' } });
});
