import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openInstruments } from '../harness/engine/instruments/open-instruments.ts';
import { runCheck } from '../harness/engine/run-check.ts';
import type { StackAddresses } from '../harness/engine/stack.ts';
import { outcomeOf } from '../harness/judge/outcome-of.ts';
import { assessmentPolicy } from '../harness/plan/policy.ts';
import { toPlan } from '../harness/plan/to-plan.ts';
import { type ProblemCode, problems } from '../platform/contracts/problem.ts';
import { type ServiceName, serviceNames } from '../platform/contracts/service.ts';
import { checks } from './catalogue.ts';

/** What everything there is answers, whoever it claims to be. */
type Answer = (service: ServiceName, request: IncomingMessage, response: ServerResponse) => void;

const json = (response: ServerResponse, status: number, service: string, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'x-served-by': service });
  response.end(JSON.stringify(body));
};
const refusal =
  (code: ProblemCode): Answer =>
  (service, _request, response) =>
    json(response, problems[code].status, service, {
      error: code,
      message: problems[code].message,
      timestamp: new Date().toISOString(),
      request_id: '00000000-0000-4000-8000-000000000000',
    });

/** Platforms that do nothing, each in the way of a documented false green. */
const impostors: Readonly<Record<string, { answer: Answer; passing: readonly string[] }>> = {
  'one that answers 200 and an empty object to everything': {
    answer: (_service, _request, response) => json(response, 200, 'nginx', {}),
    passing: [],
  },
  'one that answers 200 with the right names and a health that never changes': {
    answer: (service, _request, response) =>
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
  'one that answers 404 in the envelope to everything': { answer: refusal('not_found'), passing: [] },
  'one that refuses everybody in the envelope': {
    answer: refusal('unauthenticated'),
    // The one thing it does right.
    passing: ['api.access.unauthenticated-refused'],
  },
  'one that answers 501 to everything': { answer: refusal('not_implemented'), passing: [] },
  'one that fails with a page of HTML': {
    answer: (_service, _request, response) => {
      response.writeHead(500, { 'content-type': 'text/html' });
      response.end('<h1>Internal Server Error</h1>');
    },
    passing: [],
  },
};

/** Whatever can be asked over HTTP alone; what needs more is unmeasured here. */
const overHttp = checks.filter(({ requires }) => (requires ?? []).length === 0);
const plan = toPlan({
  definitions: checks,
  selected: new Set(checks.map(({ id }) => id)),
  policy: assessmentPolicy,
  runtime: 'process',
  seed: 1,
});

describe('a platform that does nothing', () => {
  it.each(Object.entries(impostors))('passes no check: %s', { timeout: 120_000 }, async (name, impostor) => {
    await using stack = await pretend(impostor.answer);
    await using instruments = openInstruments({
      stack: stack.addresses,
      capabilities: new Set(['many-source-addresses']),
      tmpDir: tmpdir(),
      seed: 1,
      runId: `impostor ${name} ${process.pid}`,
      trackProcess: () => undefined,
      boot: [],
      exited: () => [],
    });
    const outcomes = await Promise.all(
      overHttp.map(async (definition) => {
        const planned = plan.checks.find(({ id }) => id === definition.id);
        if (!planned) throw new Error(`${definition.id} is not planned`);
        const facts = await runCheck({
          definition,
          timeoutMs: 60_000,
          signal: new AbortController().signal,
          instruments: (options) => instruments.forCheck(options),
          evidence: { paths: [], write: async () => undefined },
          logs: () => [],
          now: () => performance.now(),
        });
        const outcome = outcomeOf(planned, facts);
        return { id: definition.id, outcome, shortfall: facts.shortfall };
      }),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'pass').map(({ id }) => id)).toEqual(
      impostor.passing,
    );
    // Nonsense of the product must never look like a failure of the harness either.
    expect(outcomes.filter(({ outcome }) => outcome === 'error')).toEqual([]);
  });
});

async function pretend(answer: Answer): Promise<{ addresses: StackAddresses } & AsyncDisposable> {
  const servers = await Promise.all(
    serviceNames.map(async (service) => {
      const server = createServer((request, response) => {
        request.resume();
        request.on('end', () => answer(service, request, response));
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
