import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openInstruments } from '../harness/engine/instruments/open-instruments.ts';
import type { StackAddresses } from '../harness/engine/stack.ts';
import { assessmentPolicy } from '../harness/plan/policy.ts';
import { toPlan } from '../harness/plan/to-plan.ts';
import { type ProblemCode, problems } from '../platform/contracts/problem.ts';
import { type ServiceName, serviceNames } from '../platform/contracts/service.ts';
import { checks } from './catalogue.ts';
import { runAlone } from './testing/run-alone.ts';

/** Responds to every request to a service. */
type Respond = (service: ServiceName, request: IncomingMessage, response: ServerResponse) => void;

const json = (response: ServerResponse, status: number, service: string, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'x-served-by': service });
  response.end(JSON.stringify(body));
};
const rejection =
  (code: ProblemCode): Respond =>
  (service, _request, response) =>
    json(response, problems[code].status, service, {
      error: code,
      message: problems[code].message,
      timestamp: new Date().toISOString(),
      request_id: '00000000-0000-4000-8000-000000000000',
    });

const someId = '6f1c0f5e-0000-4000-8000-000000000001';

/** What a simulation returns: every field that a client may look for, filled with something. */
function canned(service: ServiceName): object {
  const user = { id: someId, email: 'user@example.com', name: 'Simulated', role: 'user', tenant_id: someId };
  const object = { id: someId, name: 'Simulated', created_at: new Date().toISOString() };
  return {
    status: 'ok',
    service,
    version: '0.1.0',
    timestamp: new Date().toISOString(),
    uptime_s: performance.now() / 1000,
    checks: {},
    success: true,
    access_token: 'simulated-token',
    refresh_token: 'simulated-token',
    token_type: 'bearer',
    expires_in: 900,
    user,
    ...user,
    ...object,
    total: 1,
    page: 1,
    page_size: 20,
    bases: [object],
    records: [{ ...object, fields: {} }],
    workflows: [object],
    files: [object],
    workspaces: [object],
    sessions: [object],
    saga_id: someId,
  };
}

/** Platforms that do nothing. Each reproduces a documented false green. */
const impostors: Readonly<Record<string, { respond: Respond; passing: readonly string[] }>> = {
  '200 and an empty object for every request': {
    respond: (_service, _request, response) => json(response, 200, 'nginx', {}),
    passing: [],
  },
  '200 with the correct names and a constant health': {
    respond: (service, _request, response) =>
      json(response, 200, service, {
        status: 'ok',
        service,
        version: '1',
        timestamp: '2025-08-07T00:00:00.000Z',
        uptime_s: 1,
        checks: {},
      }),
    passing: [],
  },
  '200, degraded, and each service with the name of the next one': {
    respond: (service, _request, response) => {
      const next = serviceNames[(serviceNames.indexOf(service) + 1) % serviceNames.length] as ServiceName;
      json(response, 200, next, {
        status: 'degraded',
        service: next,
        version: '0.1.0',
        timestamp: new Date().toISOString(),
        uptime_s: performance.now() / 1000,
        checks: {},
      });
    },
    passing: [],
  },
  'a plausible success for every request, a token for everybody, and nothing stored': {
    respond: (service, request, response) =>
      json(response, request.method === 'POST' ? 201 : 200, service, canned(service)),
    // Its health is whole, and the time of such responses is all that the check measures.
    passing: ['infrastructure.network.latency-under-50-ms'],
  },
  '404 in the envelope for every request': { respond: rejection('not_found'), passing: [] },
  // Not even the check of protected routes: below /v0 clients get Airtable's format.
  '401 in the envelope for every request': { respond: rejection('unauthenticated'), passing: [] },
  '501 for every request': { respond: rejection('not_implemented'), passing: [] },
  '500 with an HTML page for every request': {
    respond: (_service, _request, response) => {
      response.writeHead(500, { 'content-type': 'text/html' });
      response.end('<h1>Internal Server Error</h1>');
    },
    passing: [],
  },
};

/** Checks that need HTTP only. The others are unmeasured here. */
const overHttp = checks.filter(({ requires }) => (requires ?? []).length === 0);
const plan = toPlan({
  definitions: checks,
  selected: new Set(checks.map(({ id }) => id)),
  policy: assessmentPolicy,
  runtime: 'process',
  seed: 1,
});

describe('a platform that does nothing', () => {
  it.each(Object.entries(impostors))(
    'passes no check with %s',
    { timeout: 120_000 },
    async (name, impostor) => {
      await using stack = await startImpostor(impostor.respond);
      await using instruments = openInstruments({
        stack: stack.addresses,
        capabilities: new Set(['many-source-addresses', 'accounts', 'registration']),
        tmpDir: tmpdir(),
        seed: 1,
        runId: `impostor ${name} ${process.pid}`,
        trackProcess: () => undefined,
        boot: [],
        exited: () => [],
      });
      const outcomes = await Promise.all(
        overHttp.map(async (definition) => {
          const { outcome, facts } = await runAlone({ definition, plan, instruments });
          return { id: definition.id, outcome, shortfall: facts.shortfall };
        }),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'pass').map(({ id }) => id)).toEqual(
        impostor.passing,
      );
      // A wrong response of the product must not look like a failure of the harness either.
      expect(outcomes.filter(({ outcome }) => outcome === 'error')).toEqual([]);
    },
  );
});

async function startImpostor(respond: Respond): Promise<{ addresses: StackAddresses } & AsyncDisposable> {
  const servers = await Promise.all(
    serviceNames.map(async (service) => {
      const server = createServer((request, response) => {
        request.resume();
        request.on('end', () => respond(service, request, response));
      });
      const { promise, resolve } = Promise.withResolvers<void>();
      server.listen(0, '127.0.0.1', resolve);
      await promise;
      return { service, server };
    }),
  );
  const services = Object.fromEntries(
    servers.map(({ service, server }) => [
      service,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ]),
  );
  return {
    addresses: { services: services as StackAddresses['services'] },
    [Symbol.asyncDispose]: async () => {
      for (const { server } of servers) server.closeAllConnections();
      await Promise.all(servers.map(({ server }) => new Promise((done) => server.close(done))));
    },
  };
}
