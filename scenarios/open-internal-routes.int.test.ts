import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstruments } from '../harness/engine/instruments/open-instruments.ts';
import type { StackAddresses } from '../harness/engine/stack.ts';
import { assessmentPolicy } from '../harness/plan/policy.ts';
import { toPlan } from '../harness/plan/to-plan.ts';
import { catalogue } from '../platform/contracts/catalogue.ts';
import type { Session } from '../platform/contracts/platform-services/authentication.ts';
import { objectKinds } from '../platform/contracts/rights.ts';
import type { RouteSpec } from '../platform/contracts/route.ts';
import { gatewayPath, type ServiceContract } from '../platform/contracts/service.ts';
import type { Handler, Handlers } from '../platform/kit/http/handler.ts';
import { createLog } from '../platform/kit/observe/log.ts';
import { buildService } from '../platform/kit/service/build-service.ts';
import { createTestAuthorities } from '../platform/kit/testing/test-authorities.ts';
import { testClaims } from '../platform/kit/testing/test-claims.ts';
import { checks } from './catalogue.ts';
import { runAlone } from './testing/run-alone.ts';

/** The key that the checks guess. Here it is right: every internal route is open to them. */
const guessedKey = 'guess';

/** Names of the handlers that ran on routes that change something. */
const harmed: string[] = [];
let stack: StackAddresses;
const closers: (() => Promise<unknown>)[] = [];

/** The session of a new account. */
function sessionFor(email: string): Session {
  const { user_id: id, tenant_id } = testClaims();
  return {
    access_token: 'access',
    refresh_token: 'refresh',
    token_type: 'Bearer',
    expires_in: 900,
    workspace_id: null,
    user: {
      id,
      tenant_id,
      email,
      name: 'Probe',
      first_name: null,
      last_name: null,
      role: 'user',
      is_active: true,
      email_verified: false,
      created_at: new Date().toISOString(),
    },
  };
}

/** Where the objects of every kind are: in the workspace of the caller. */
const workspaceOfAnything = Object.fromEntries(
  objectKinds.map((kind) => [kind, async ({ tenant_id }: { tenant_id: string }) => tenant_id]),
);

/** Every service with its real routes and validation. Handlers of routes that change something only leave a note. */
function openService(contract: ServiceContract) {
  const handlers = Object.fromEntries(
    Object.entries(contract.routes).map(([name, route]): [string, Handler] => [
      name,
      async ({ body }) => {
        if (route.access === 'service') harmed.push(`${contract.name}.${name}`);
        const registers = route.path === '/auth/register';
        return registers ? (sessionFor((body as unknown as { email: string }).email) as never) : undefined;
      },
    ]),
  );
  return buildService(contract, {
    config: { INTERNAL_API_KEY: guessedKey },
    log: createLog({ service: contract.name, level: 'silent', destination: { write: () => undefined } }),
    dependencies: [],
    handlers: handlers as Handlers<ServiceContract>,
    authenticate: () => testClaims(),
    rights: { authorities: createTestAuthorities(), workspaceOf: workspaceOfAnything },
  });
}

/** Internal routes at the address where a gateway without protection offers them. */
const exposed = catalogue.flatMap((contract) =>
  Object.values(contract.routes)
    .filter(({ access }) => access === 'service')
    .flatMap((route) =>
      [route.path, gatewayPath(contract, { ...route, access: 'user' })].flatMap((path) =>
        path === undefined ? [] : [{ service: contract.name, route, pattern: patternOf(path) }],
      ),
    ),
);

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`);
}

function filledIn(route: RouteSpec, values: readonly string[]): string {
  const rest = [...values];
  return route.path.replaceAll(/:\w+/g, () => rest.shift() ?? '');
}

/** A gateway that passes on internal routes with the platform's own key, and registers anyone. */
function openGateway(services: ReadonlyMap<string, ReturnType<typeof openService>>) {
  return createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', async () => {
      const path = request.url ?? '';
      if (path === '/api/auth/register') {
        response.writeHead(201, { 'content-type': 'application/json', 'x-served-by': 'platform-services' });
        response.end(JSON.stringify(sessionFor((JSON.parse(body) as { email: string }).email)));
        return;
      }
      for (const { service, route, pattern } of exposed) {
        const match = pattern.exec(path);
        if (match === null || route.method !== request.method) continue;
        const injected = await services.get(service)?.inject({
          method: route.method,
          url: filledIn(route, match.slice(1)),
          headers: { 'x-internal-key': guessedKey, 'content-type': 'application/json' },
          payload: body,
        });
        response.writeHead(injected?.statusCode ?? 500, { 'x-served-by': service });
        response.end(injected?.payload);
        return;
      }
      response.writeHead(404, { 'x-served-by': 'gateway' }).end();
    });
  });
}

beforeAll(async () => {
  const apps = new Map(catalogue.map((contract) => [contract.name, openService(contract)]));
  const urls: Record<string, string> = {};
  for (const [name, app] of apps) {
    // The open gateway stands in front of its own routes too.
    if (name === 'gateway') continue;
    urls[name] = await app.listen({ host: '127.0.0.1', port: 0 });
    closers.push(() => app.close());
  }
  const gateway = openGateway(apps);
  await new Promise<void>((done) => gateway.listen(0, '127.0.0.1', done));
  urls.gateway = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  closers.push(async () => {
    gateway.closeAllConnections();
    gateway.close();
  });
  stack = { services: urls as StackAddresses['services'] };
});
afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
});

async function outcomeAgainstOpenRoutes(id: string) {
  await using instruments = openInstruments({
    stack,
    capabilities: new Set(['many-source-addresses']),
    tmpDir: tmpdir(),
    seed: 1,
    runId: `open ${process.pid}`,
    trackProcess: () => undefined,
    boot: [],
    exited: () => [],
  });
  const definition = checks.find((check) => check.id === id);
  const plan = toPlan({
    definitions: checks,
    selected: new Set([id]),
    policy: assessmentPolicy,
    runtime: 'process',
    seed: 1,
  });
  if (!definition) throw new Error(`${id} does not exist`);
  const { outcome, facts } = await runAlone({ definition, plan, instruments });
  return { outcome, observed: facts.observed };
}

const internalRoutes = catalogue.flatMap((contract) =>
  Object.values(contract.routes)
    .filter(({ access }) => access === 'service')
    .map(({ method, path }) => `${contract.name} ${method} ${path}`),
);

describe('on a platform whose internal routes are open', () => {
  it('the check of the services finds every route and runs none', async () => {
    const { outcome, observed } = await outcomeAgainstOpenRoutes('security.network-security');
    expect(outcome).toBe('fail');
    const found = (observed.unprotectedRoutes as string[]).map((line) => line.split(': ')[0]);
    expect(found).toEqual(expect.arrayContaining(internalRoutes));
    expect(harmed).toEqual([]);
  });

  it('the check of the gateway finds every route and runs none', async () => {
    const { outcome, observed } = await outcomeAgainstOpenRoutes('api.routing.internal-routes-hidden');
    expect(outcome).toBe('fail');
    const found = new Set((observed.reached as string[]).map((line) => line.split(': ')[0]));
    // The gateway cannot tell apart services whose routes have the same path.
    const paths = new Set(internalRoutes.map((route) => route.slice(route.indexOf(' ') + 1)));
    expect(found.size).toBeGreaterThanOrEqual(paths.size);
    expect(harmed).toEqual([]);
  });

  it.each(catalogue.filter(({ routes }) => Object.values(routes).some(({ access }) => access === 'service')))(
    'the completeness of $name runs none and reports none as missing',
    async ({ name, routes }) => {
      const { observed } = await outcomeAgainstOpenRoutes(`services.${name}.complete`);
      expect(observed.routes).toBe(Object.keys(routes).length);
      const blamed = (observed.problems as string[]).filter((line) => line.includes('internal key'));
      expect(blamed).toEqual([]);
      expect(harmed).toEqual([]);
    },
  );
});
