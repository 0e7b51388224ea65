import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ServiceName, serviceNames } from '../../../../platform/contracts/service.ts';
import { createExternalRuntime } from '../../external/external-runtime.ts';
import { openComposeLogs } from '../../external/sources/compose-logs.ts';
import { containerFacts, type FakeEngine, fakeProject, startFakeEngine } from '../../testing/fake-engine.ts';
import { adoptProject } from './adopt-project.ts';

let engine: FakeEngine;
let gateway: Server;
let folder: string;
const before = process.env.DOCKER_HOST;

beforeAll(async () => {
  engine = await startFakeEngine();
  // Testcontainers finds the engine once, by this variable.
  process.env.DOCKER_HOST = engine.address;
  folder = await mkdtemp(join(tmpdir(), 'adopt-'));
  await writeFile(join(folder, 'redis_password'), 'a-password-of-the-project\n');
  gateway = createServer((request, response) => {
    response.writeHead(request.url === '/ready' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'ready', service: 'gateway' }));
  });
  await new Promise<void>((done) => gateway.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  if (before === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = before;
  gateway.close();
  gateway.closeAllConnections();
  await engine[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

type Container = ReturnType<typeof containerFacts>;

/** The ten services, PostgreSQL and the migration job; the gateway is published. */
function project(changed: Partial<Record<ServiceName | 'postgres' | 'migrate', object>> = {}): Container[] {
  const { port } = gateway.address() as AddressInfo;
  const published = { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
  const facts: Record<string, object> = {
    gateway: { NetworkSettings: { Ports: published } },
    migrate: { State: { Status: 'exited', ExitCode: 0 } },
    'user-service': {
      Mounts: [{ Source: join(folder, 'redis_password'), Destination: '/run/secrets/redis_password' }],
    },
    ...changed,
  };
  return [...serviceNames, 'postgres', 'migrate', 'grafana'].map((service) =>
    containerFacts({ service, ...facts[service] }),
  );
}

beforeEach(() => {
  engine.containers = project();
});

async function boot(bootTimeoutMs = 30_000) {
  const { target, nodes } = await adoptProject(fakeProject, []);
  const runtime = createExternalRuntime({ target, nodes, readSecret: () => undefined });
  await using stack = await runtime.boot(
    { nodes: [], bootTimeoutMs },
    { runId: 'r', runDir: '/', signal: new AbortController().signal },
  );
  return stack.boot;
}

describe('an adopted compose project', () => {
  it('is ready when its gateway responds and all of its containers are healthy', async () => {
    const facts = await boot();
    expect(facts.filter(({ state }) => state !== 'ready')).toEqual([]);
    expect(facts.map(({ node, kind }) => `${kind} ${node}`).sort()).toEqual(
      ['job migrate', ...serviceNames.map((name) => `service ${name}`), 'store postgres'].sort(),
    );
  });

  it('reports a container that has exited at once, with its log without secrets', async () => {
    engine.containers = project({
      'saga-service': { State: { Status: 'exited', ExitCode: 78 } },
      migrate: { State: { Status: 'exited', ExitCode: 1 } },
    });
    engine.logs.set(
      'shop-saga-service-1',
      'redis://default:a-password-of-the-project@redis:6379\nDATABASE_URL is missing\n',
    );
    const failed = (await boot()).filter(({ state }) => state !== 'ready');
    expect(failed.map(({ node, failure }) => ({ node, kind: failure?.kind, cause: failure?.cause }))).toEqual(
      [
        {
          node: 'migrate',
          kind: 'exited',
          cause: 'container shop-migrate-1 exited with code 1 before it was ready',
        },
        {
          node: 'saga-service',
          kind: 'exited',
          cause: 'container shop-saga-service-1 exited with code 78 before it was ready',
        },
      ],
    );
    const lines = failed[1]?.failure?.logs.map(({ text }) => text).join('\n');
    expect(lines).toContain('DATABASE_URL is missing');
    expect(lines).not.toContain('a-password-of-the-project');
  });

  it('reports the state of a container that does not become ready in time', async () => {
    engine.containers = project({
      'user-service': { RestartCount: 4, State: { Status: 'restarting', ExitCode: 78 } },
    });
    const failed = (await boot(50)).filter(({ state }) => state !== 'ready');
    expect(failed).toMatchObject([
      {
        node: 'user-service',
        failure: {
          kind: 'timeout',
          by: 'product',
          cause: 'container shop-user-service-1 exited with code 78 and is restarting, 4 restarts so far',
        },
      },
    ]);
  });

  it('is only read: nothing in the engine changes', async () => {
    await boot();
    expect(engine.changes).toEqual([]);
  });

  it('that does not exist is rejected with the names of those that run', async () => {
    engine.containers = [
      ...project(),
      containerFacts({ service: 'gateway', number: 7, labels: { 'com.docker.compose.project': 'other' } }),
      containerFacts({
        service: 'gateway',
        number: 8,
        labels: { 'com.docker.compose.project': 'run', 'pyairtable-readiness.run': 'r' },
      }),
    ];
    await expect(adoptProject('shpo', [])).rejects.toMatchObject({
      code: 'compose-project-invalid',
      message: 'No compose project "shpo" is on this machine. Running: other, shop.',
    });
    await expect(adoptProject('run', [])).rejects.toThrow('No compose project "run"');
    engine.containers = [];
    await expect(adoptProject('shpo', [])).rejects.toThrow('None is running.');
  });
});

describe('the logs of a compose project', () => {
  const { signal } = new AbortController();

  it('are what its containers write after they were opened, also after a restart', async () => {
    const id = 'shop-gateway-1';
    engine.logs.set(id, 'before\n');
    const source = await openComposeLogs(fakeProject);
    expect(await source.read('gateway', signal)).toBe('');
    engine.write(id, 'first\n');
    await expect.poll(() => source.read('gateway', signal)).toBe('first\n');
    engine.logs.set(id, 'after its restart\n');
    engine.endOutput(id);
    await expect.poll(() => source.read('gateway', signal)).toBe('after its restart\n');
    engine.write(id, 'last\n');
    await expect.poll(() => source.read('gateway', signal)).toBe('last\n');
    source.close?.();
  });

  it('cannot be read of a service without a container', async () => {
    engine.containers = project().filter(({ Id }) => Id !== 'shop-frontend-1');
    const source = await openComposeLogs(fakeProject);
    await expect(source.read('frontend', signal)).rejects.toThrow(
      'the compose project shop has no container of frontend',
    );
  });
});
