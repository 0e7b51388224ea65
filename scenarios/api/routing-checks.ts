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
import type { RouteSpec } from '../../platform/contracts/route.ts';
import { gatewayPath, type ServiceContract } from '../../platform/contracts/service.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { percentile } from '../kit/percentile.ts';
import { answerIn, answers, refusalIn, refuses, servedBy, summary } from '../kit/response.ts';
import { sampleRequest, whatIsWrong } from '../kit/sample-request.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { apiCheck } from './check-fields.ts';

/** Routes of a service as the gateway offers them, each with its path there. */
function routesAtGateway(contract: ServiceContract): RouteSpec[] {
  return Object.values(contract.routes).flatMap((route) => {
    const path = gatewayPath(contract, route);
    return path === undefined ? [] : [{ ...route, path }];
  });
}

/** Services that clients reach through the gateway. */
export const servicesBehindGateway = catalogue.filter(
  (contract) => contract.name !== 'gateway' && routesAtGateway(contract).length > 0,
);

export const routingChecks: readonly CheckDefinition[] = servicesBehindGateway.map((contract) => {
  const routes = routesAtGateway(contract);
  return defineCheck({
    ...apiCheck,
    id: `api.routing.${contract.name}`,
    title: `The gateway leads every route of ${contract.name} to ${contract.name}`,
    why: 'The assessed gateway answered, and led nowhere: authentication, files, workflows and sagas had no route. The answer itself names who served it.',
    severity: 'blocker',
    weight: 2,
    conditions: ['gateway-routing'],
    needs: [`services.${contract.name}.complete`, registrationWorks],
    services: ['gateway', 'platform-services', contract.name],
    timeoutMs: 60_000,
    remediation: {
      text: 'Each line names request, answer and who gave it. Served by the gateway: the route is missing in its table, which is made of the contracts’ mounts. 501: the service has not built it. 502, 503 or 504: the gateway’s address for the service is wrong, or its circuit is open.',
      effort: 'days',
    },
    expects: { routes: atLeast(routes.length, 'routes'), elsewhere: empty(), wrong: empty() },
    run: async (context) => {
      const account = await context.account();
      const elsewhere: string[] = [];
      const wrong: string[] = [];
      for (const route of routes) {
        const sample = sampleRequest(route);
        // What takes effect may end its own session; it gets one that nothing else needs.
        const takesEffect = route.method !== 'GET' && !sample.invalid;
        const caller = takesEffect ? await context.account() : account;
        const answer = await context.http.request('gateway', sample.path, {
          method: route.method,
          headersOnly: sample.headersOnly,
          // Limits are per address, and a public route may have one.
          from: route.access === 'public' ? context.newAddress() : caller.address,
          ...(sample.body === undefined ? {} : { body: sample.body }),
          ...(route.access === 'user' ? { token: caller.accessToken } : {}),
        });
        if (servedBy(answer) !== contract.name)
          elsewhere.push(`${route.method} ${sample.path}: ${summary(answer)}`);
        const problem = whatIsWrong(route, sample, answer);
        if (problem) wrong.push(problem);
      }
      return { routes: routes.length, elsewhere, wrong };
    },
  });
});

/** Answers of which the median counts: one may wait for a processor that other work holds. */
const healthAnswers = 5;

export const gatewayHealth = defineCheck({
  ...apiCheck,
  id: 'api.gateway.health-of-all-services',
  title: 'The gateway knows the state of every service, usually within two seconds',
  why: 'The assessed gateway waited five seconds for each dead service, one after the other, and answered "healthy" with a hard-coded time.',
  severity: 'high',
  conditions: ['gateway-routing'],
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  // Alone: it is the gateway's patience with its services that is timed.
  isolation: 'exclusive',
  remediation: {
    text: 'Ask all services at once, each for at most a second, and report what each /ready said with the service’s own name.',
    effort: 'hours',
  },
  expects: {
    ...answers(200, 'gateway'),
    duration: atMost(2000, 'ms'),
    disagreements: empty(),
    clockRuns: equals(true),
  },
  run: async ({ http }) => {
    const answer = await http.request('gateway', '/api/health');
    const times = [answer.durationMs];
    let again = answer;
    while (times.length < healthAnswers) {
      again = await http.request('gateway', '/api/health');
      times.push(again.durationMs);
    }
    const health = PlatformHealth.safeParse(answer.json);
    const disagreements: string[] = [];
    const reported = new Map(
      health.success ? health.data.services.map(({ name, status }) => [name, status]) : [],
    );
    await Promise.all(
      servicesBehindGateway.map(async ({ name }) => {
        // A service that cannot be reached directly must not be healthy in the gateway's eyes either.
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
      ...answerIn(answer, PlatformHealth),
      duration: percentile(times, 50),
      disagreements,
      clockRuns: textAt(again.json, 'timestamp') > textAt(answer.json, 'timestamp'),
    };
  },
});

export const unknownRoute = defineCheck({
  ...apiCheck,
  id: 'api.routing.unknown-refused',
  title: 'Routes that nobody declared are refused by the gateway itself',
  why: 'A gateway that forwards whatever it gets exposes every internal path; one that answers 200 hides every typing error.',
  severity: 'high',
  conditions: ['gateway-routing'],
  needs: [registrationWorks],
  remediation: {
    text: 'Route from the contracts’ table only, and answer 404 not_found (405 with Allow for a known path) in the error envelope.',
    effort: 'hours',
  },
  expects: { ...refuses('not_found', 'gateway'), answeredOtherwise: empty(), wrongMethod: equals(405) },
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const answer = await http.request('gateway', '/api/no-such-service/anything', { token, from });
    const answeredOtherwise: string[] = [];
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
        answeredOtherwise.push(`${path}: ${summary(other)}`);
    }
    const wrongMethod = await http.request('gateway', '/api/auth/login', { method: 'DELETE', token, from });
    return { ...refusalIn(answer), answeredOtherwise, wrongMethod: wrongMethod.status };
  },
});

export const internalRoutes = defineCheck({
  ...apiCheck,
  id: 'api.routing.internal-routes-hidden',
  title: 'Routes between services cannot be reached from outside',
  why: 'They act without a user’s rights; a client that reaches one can create or delete anybody’s data.',
  severity: 'blocker',
  conditions: ['gateway-routing'],
  needs: [registrationWorks],
  remediation: {
    text: 'Declare such routes with access "service"; the gateway answers 404 for them and the service demands the internal key.',
    effort: 'hours',
  },
  expects: { reached: empty(), tried: atLeast(4, 'paths') },
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const internal = catalogue.flatMap((contract) =>
      Object.values(contract.routes)
        .filter(({ access }) => access === 'service')
        .flatMap((route) => {
          const sample = sampleRequest(route).path;
          const mounted = contract.mounts
            .filter(({ internal }) => sample === internal || sample.startsWith(`${internal}/`))
            .map((mount) => mount.public + sample.slice(mount.internal.length));
          return [sample, ...mounted].map((path) => ({ method: route.method, path }));
        }),
    );
    // What every process answers for operators is not for clients either.
    const operational = [
      '/api/users/metrics',
      '/api/users/ready',
      '/api/auth/metrics',
      '/api/airtable/metrics',
    ].map((path) => ({ method: 'GET' as const, path }));
    const reached: string[] = [];
    const tries = [...internal, ...operational];
    for (const { method, path } of tries) {
      for (const headers of [{}, { 'x-internal-key': 'guess' }]) {
        const answer = await http.request('gateway', path, { method, token, from, headers });
        const exposed = answer.status < 400 || (answer.status >= 500 && answer.status !== 501);
        const served =
          servedBy(answer) !== 'gateway' &&
          answer.status !== 404 &&
          answer.status !== 405 &&
          answer.status !== 422;
        if (exposed || served) reached.push(`${method} ${path}: ${summary(answer)}`);
      }
    }
    return { reached, tried: tries.length };
  },
});

export const versionAlias = defineCheck({
  ...apiCheck,
  id: 'api.routing.v1-alias',
  title: '/api/v1 is the same as /api',
  why: 'Clients of the original platform use both; half of them would find nothing.',
  severity: 'medium',
  conditions: ['gateway-routing'],
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
  run: async ({ account, http }) => {
    const { accessToken: token, address: from, userId } = await account();
    const different: string[] = [];
    let tried = 0;
    const first = servicesBehindGateway.flatMap((contract) => routesAtGateway(contract).slice(0, 1));
    const paths = [
      ...first.filter(({ method }) => method === 'GET').map((route) => sampleRequest(route).path),
      '/api/auth/me',
      '/api/health',
      '/api/nothing-here',
    ];
    const all = [...new Set([...paths, ...first.map((route) => sampleRequest(route).path)])];
    for (const path of all) {
      tried += 1;
      const short = await http.request('gateway', path, { token, from, headersOnly: path === '/api/mcp' });
      const versioned = await http.request('gateway', path.replace('/api', '/api/v1'), {
        token,
        from,
        headersOnly: path === '/api/mcp',
      });
      if (short.status !== versioned.status || servedBy(short) !== servedBy(versioned)) {
        different.push(`${path}: ${summary(short)} | v1: ${summary(versioned)}`);
      }
    }
    const me = await http.request('gateway', '/api/v1/auth/me', { token, from });
    return { different, tried, sameUser: valueAt(me.json, 'id') === userId };
  },
});
