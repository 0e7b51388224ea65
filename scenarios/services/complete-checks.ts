import { type CheckDefinition, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { problemWith, sampleRequest } from '../kit/sample-request.ts';
import { openDirectSession } from './direct-session.ts';
import { readyCheckId } from './operational-routes.ts';
import { routeBreaks } from './route-breaks.ts';

/** Services that a service needs to respond on all its routes: the tools of llm-orchestrator run in mcp-server. */
const dependencies: Readonly<Partial<Record<ServiceName, readonly ServiceName[]>>> = {
  'llm-orchestrator': ['mcp-server'],
};

/** No declared route is missing or responds with 501. */
export const completeChecks: readonly CheckDefinition[] = catalogue
  .filter(({ name }) => name !== 'frontend')
  .map((contract) => {
    const needed = dependencies[contract.name] ?? [];
    return defineCheck({
      id: `services.${contract.name}.complete`,
      title: `${contract.name} implements its whole contract`,
      why: 'Clients rely on every declared route. The check sends a request to each, without effect where the contract can reject it.',
      category: 'services',
      severity: 'high',
      weight: 2,
      needs: [contract.name, ...needed].map(readyCheckId).concat('services.platform-services.available'),
      services: [contract.name, 'platform-services', ...needed],
      timeoutMs: 60_000,
      remediation: {
        text: `Write the handlers of the listed routes in platform/services/${contract.name}; each line has a request and its response.`,
        effort: 'weeks',
      },
      expects: {
        routes: equals(Object.keys(contract.routes).length),
        problems: empty(),
        servedByOthers: empty(),
      },
      breaks: routeBreaks({
        at: contract.name,
        owner: contract.name,
        routes: Object.values(contract.routes),
      }),
      run: async (context) => {
        const problems: string[] = [];
        const servedByOthers: string[] = [];
        let routes = 0;
        const { session, response: registration } = await openDirectSession(context);
        if (!session)
          return {
            routes,
            problems: [`no session: ${registration ? summary(registration) : ''}`],
            servedByOthers,
          };
        for (const route of Object.values(contract.routes)) {
          routes += 1;
          const sample = sampleRequest(route);
          // A request with effects may end its session, so it gets its own.
          const hasEffect = route.method !== 'GET' && !sample.invalid;
          const token = hasEffect
            ? (await openDirectSession(context)).session?.accessToken
            : session.accessToken;
          const response = await context.http.request(contract.name, sample.path, {
            method: route.method,
            headersOnly: sample.headersOnly,
            ...(sample.body === undefined ? {} : { body: sample.body }),
            ...(route.access === 'user' && token ? { token } : {}),
          });
          if (servedBy(response) !== contract.name) servedByOthers.push(`${route.method} ${sample.path}`);
          // Service routes need a key that the harness does not have. Whether they are protected is the subject of
          // security.network-security alone: an open route must not make its service look incomplete. It may find that
          // the object of the sample does not exist.
          if (route.access === 'service') {
            const missing = response.status === 404 && !route.path.includes(':');
            if (response.status >= 500 || missing)
              problems.push(`${route.method} ${sample.path} without the internal key: ${summary(response)}`);
            continue;
          }
          const problem = problemWith(route, sample, response);
          if (problem) problems.push(problem);
        }
        return { routes, problems, servedByOthers };
      },
    });
  });
