import {
  atLeast,
  atMost,
  type CheckDefinition,
  defineCheck,
  empty,
  equals,
} from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { PlatformHealth } from '../../platform/contracts/gateway/contract.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { percentile } from '../kit/percentile.ts';
import {
  expectRejection,
  expectResponse,
  observeRejection,
  observeResponse,
  servedBy,
  summary,
} from '../kit/response.ts';
import { problemWith, sampleRequest } from '../kit/sample-request.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { routeBreaks } from '../services/route-breaks.ts';
import { apiCheck } from './check-fields.ts';
import { routesAtGateway, servicesBehindGateway } from './gateway-routes.ts';
import {
  gatewayHealthBreaks,
  internalRoutesBreaks,
  unknownRoutesBreaks,
  versionAliasBreaks,
} from './routing-breaks.ts';

const routingCheck = { ...apiCheck, conditions: ['gateway-routing'] } as const;

export const routingChecks: readonly CheckDefinition[] = servicesBehindGateway.map((contract) => {
  const routes = routesAtGateway(contract);
  return defineCheck({
    ...routingCheck,
    id: `api.routing.${contract.name}`,
    title: `The gateway reaches every route of ${contract.name}`,
    why: 'The assessed gateway responded but had no routes for authentication, files, workflows and sagas. The response itself names its service.',
    severity: 'blocker',
    weight: 2,
    needs: [`services.${contract.name}.complete`, registrationWorks],
    services: ['gateway', 'platform-services', contract.name],
    timeoutMs: 60_000,
    remediation: {
      text: 'Each line names request, response and service. Served by the gateway: the route is missing in its table, which is built from the mounts of the contracts. 501: the service does not implement the route. 502, 503 or 504: the gateway’s address for the service is wrong, or its circuit is open.',
      effort: 'days',
    },
    expects: { routes: atLeast(routes.length, 'routes'), servedByOthers: empty(), problems: empty() },
    breaks: routeBreaks({ at: 'gateway', owner: contract.name, routes }),
    run: async (context) => {
      const account = await context.account();
      const servedByOthers: string[] = [];
      const problems: string[] = [];
      for (const route of routes) {
        const sample = sampleRequest(route);
        // A request with effects may end its session, so it gets its own.
        const hasEffect = route.method !== 'GET' && !sample.invalid;
        const caller = hasEffect ? await context.account() : account;
        const response = await context.http.request('gateway', sample.path, {
          method: route.method,
          headersOnly: sample.headersOnly,
          // Public routes may have limits per address.
          from: route.access === 'public' ? context.newAddress() : caller.address,
          ...(sample.body === undefined ? {} : { body: sample.body }),
          ...(route.access === 'user' ? { token: caller.accessToken } : {}),
        });
        if (servedBy(response) !== contract.name)
          servedByOthers.push(`${route.method} ${sample.path}: ${summary(response)}`);
        const problem = problemWith(route, sample, response);
        if (problem) problems.push(problem);
      }
      return { routes: routes.length, servedByOthers, problems };
    },
  });
});

/** Number of health responses whose median counts. A single one may wait for a busy processor. */
const healthResponses = 5;

export const gatewayHealth = defineCheck({
  ...routingCheck,
  id: 'api.gateway.health-of-all-services',
  title: 'The gateway reports all services’ health within 2 s',
  why: 'The assessed gateway waited five seconds for each dead service in sequence, and reported "healthy" with a fixed timestamp.',
  severity: 'high',
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  // Runs alone: it measures how long the gateway waits for its services.
  isolation: 'exclusive',
  remediation: {
    text: 'Poll all services concurrently with a limit of one second each, and report the result of each /ready under the service’s own name.',
    effort: 'hours',
  },
  expects: {
    ...expectResponse(200, 'gateway'),
    duration: atMost(2000, 'ms'),
    disagreements: empty(),
    clockAdvances: equals(true),
  },
  breaks: gatewayHealthBreaks,
  run: async ({ http }) => {
    const response = await http.request('gateway', '/api/health');
    const times = [response.durationMs];
    let last = response;
    while (times.length < healthResponses) {
      last = await http.request('gateway', '/api/health');
      times.push(last.durationMs);
    }
    const health = PlatformHealth.safeParse(response.json);
    const disagreements: string[] = [];
    const reported = new Map(
      health.success ? health.data.services.map(({ name, status }) => [name, status]) : [],
    );
    await Promise.all(
      servicesBehindGateway.map(async ({ name }) => {
        // The gateway must not report an unreachable service as healthy.
        const own = await http.request(name, '/ready').then(
          ({ status }) => (status === 200 ? 'healthy' : 'unhealthy'),
          () => 'unreachable',
        );
        const seen = reported.get(name) ?? 'not mentioned';
        if ((own === 'healthy') !== (seen === 'healthy')) {
          disagreements.push(`${name} is ${own} and reported as ${seen}`);
        }
      }),
    );
    return {
      ...observeResponse(response, PlatformHealth),
      duration: percentile(times, 50),
      disagreements,
      clockAdvances: textAt(last.json, 'timestamp') > textAt(response.json, 'timestamp'),
    };
  },
});

export const rejectsUnknownRoutes = defineCheck({
  ...routingCheck,
  id: 'api.routing.rejects-unknown-routes',
  users: 1,
  title: 'The gateway itself rejects undeclared routes',
  standards: ['ASVS 4.1.4', 'API9'],
  why: 'A gateway that forwards every path exposes internal ones. One that returns 200 hides typing errors.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Route only from the table of the contracts. Respond with 404 not_found in the error envelope, and with 405 and Allow for a known path.',
    effort: 'hours',
  },
  expects: { ...expectRejection('not_found', 'gateway'), notRejected: empty(), wrongMethod: equals(405) },
  breaks: unknownRoutesBreaks,
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const response = await http.request('gateway', '/api/no-such-service/anything', { token, from });
    const notRejected: string[] = [];
    for (const path of [
      '/',
      '/api',
      '/users/me',
      '/auth/login',
      '/api/v2/users/me',
      '/api/users/me/extra',
      '/internal',
      '/api/authx/login',
    ]) {
      const other = await http.request('gateway', path, { token, from });
      if (other.status !== 404 || servedBy(other) !== 'gateway')
        notRejected.push(`${path}: ${summary(other)}`);
    }
    const wrongMethod = await http.request('gateway', '/api/auth/login', { method: 'DELETE', token, from });
    return { ...observeRejection(response), notRejected, wrongMethod: wrongMethod.status };
  },
});

export const internalRoutes = defineCheck({
  ...routingCheck,
  id: 'api.routing.internal-routes-hidden',
  users: 1,
  title: 'Clients cannot reach internal routes',
  failureTitle: 'A client reaches an internal route through the gateway',
  standards: ['ASVS 13.4.5', 'ASVS 15.2.3', 'API5', 'API9'],
  why: 'Internal routes act without a user’s permissions. A client that reaches one can create or delete anyone’s data.',
  severity: 'blocker',
  needs: [registrationWorks],
  remediation: {
    text: 'Declare such routes with access "service". The gateway then returns 404 and the service requires the internal key.',
    effort: 'hours',
  },
  expects: { reached: empty(), tried: atLeast(4, 'paths') },
  breaks: internalRoutesBreaks,
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const internal = catalogue.flatMap((contract) =>
      Object.values(contract.routes)
        .filter(({ access }) => access === 'service')
        .flatMap((route) => {
          // If the route is open, it rejects the sample as invalid: the check must not change anything.
          const { path: sample, body } = sampleRequest(route);
          const mounted = contract.mounts
            .filter(({ internal }) => sample === internal || sample.startsWith(`${internal}/`))
            .map((mount) => mount.public + sample.slice(mount.internal.length));
          return [sample, ...mounted].map((path) => ({ method: route.method, path, body }));
        }),
    );
    // Operational routes of the services are not for clients either.
    const operational = [
      '/api/users/metrics',
      '/api/users/ready',
      '/api/auth/metrics',
      '/api/airtable/metrics',
    ].map((path) => ({ method: 'GET' as const, path, body: undefined }));
    const reached: string[] = [];
    const tries = [...internal, ...operational];
    for (const { method, path, body } of tries) {
      for (const headers of [{}, { 'x-internal-key': 'guess' }]) {
        const response = await http.request('gateway', path, {
          method,
          token,
          from,
          headers,
          ...(body === undefined ? {} : { body }),
        });
        const exposed = response.status < 400 || (response.status >= 500 && response.status !== 501);
        // A path like /api/users/metrics reaches /users/:id, which rejects the id. Internal routes end at the gateway.
        const harmless = method === 'GET' ? [404, 405, 422] : [];
        const served = servedBy(response) !== 'gateway' && !harmless.includes(response.status);
        if (exposed || served) reached.push(`${method} ${path}: ${summary(response)}`);
      }
    }
    return { reached, tried: tries.length };
  },
});

export const versionAlias = defineCheck({
  ...routingCheck,
  id: 'api.routing.v1-alias',
  users: 1,
  title: '/api/v1 has the same routes as /api',
  why: 'Clients of the original platform use both prefixes. Half of them would find nothing.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Register every mount of the contracts twice in the gateway’s route table, as /api/… and as /api/v1/….',
    effort: 'hours',
  },
  expects: {
    different: empty(),
    tried: atLeast(servicesBehindGateway.length, 'routes'),
    sameUser: equals(true),
  },
  breaks: versionAliasBreaks,
  run: async ({ account, http }) => {
    const { accessToken: token, address: from, userId } = await account();
    const different: string[] = [];
    const samples = servicesBehindGateway.flatMap((contract) =>
      routesAtGateway(contract)
        .slice(0, 1)
        .map((route) => sampleRequest(route).path),
    );
    const paths = new Set([...samples, '/api/auth/me', '/api/health', '/api/nothing-here']);
    for (const path of paths) {
      const options = { token, from, headersOnly: path === '/api/mcp' };
      const short = await http.request('gateway', path, options);
      const versioned = await http.request('gateway', path.replace('/api', '/api/v1'), options);
      if (short.status !== versioned.status || servedBy(short) !== servedBy(versioned)) {
        different.push(`${path}: ${summary(short)} | v1: ${summary(versioned)}`);
      }
    }
    const me = await http.request('gateway', '/api/v1/auth/me', { token, from });
    return { different, tried: paths.size, sameUser: valueAt(me.json, 'id') === userId };
  },
});
