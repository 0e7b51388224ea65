import { type CheckDefinition, defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { operationalRoutes } from '../../platform/contracts/operational.ts';
import type { RouteSpec } from '../../platform/contracts/route.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { sampleRequest, whatIsWrong } from '../kit/sample-request.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from './define-operational-checks.ts';
import { openDirectSession } from './direct-session.ts';

const area = (name: string): string => (name === 'frontend' ? 'frontend' : `services.${name}`);

/** Every service describes each route of its contract, so that clients can be made from the description. */
export const openApiChecks: readonly CheckDefinition[] = catalogue.map((contract) =>
  defineCheck({
    id: `${area(contract.name)}.openapi-complete`,
    title: `${contract.name} describes every route of its contract in OpenAPI`,
    why: 'Teams build clients from this document; a route that is missing there is a route nobody can rely on.',
    category: contract.name === 'frontend' ? 'frontend' : 'services',
    severity: 'low',
    needs: [readyCheckId(contract.name)],
    services: [contract.name],
    remediation: {
      text: 'Declare the missing routes in platform/contracts; the document is made from there.',
      effort: 'hours',
    },
    expects: {
      status: equals(200),
      servedBy: equals(contract.name),
      version: matches(/^3\.1\./),
      missing: empty(),
    },
    run: async ({ http }) => {
      const answer = await http.request(contract.name, '/openapi.json');
      const routes: RouteSpec[] = [...Object.values(operationalRoutes), ...Object.values(contract.routes)];
      const missing = routes.filter(({ method, path, success }) => {
        const described = path.replaceAll(/:(\w+)/g, '{$1}');
        const operation = valueAt(answer.json, 'paths', described, method.toLowerCase());
        return valueAt(operation, 'responses', String(success.status)) === undefined;
      });
      return {
        status: answer.status,
        servedBy: servedBy(answer),
        version: textAt(answer.json, 'openapi'),
        missing: missing.map(({ method, path }) => `${method} ${path}`),
      };
    },
  }),
);

/** Services that a walk over a contract reaches behind the walked one: llm-orchestrator's tools are mcp-server's. */
const reachedBehind: Readonly<Partial<Record<ServiceName, readonly ServiceName[]>>> = {
  'llm-orchestrator': ['mcp-server'],
};

/** No service answers 501 anywhere, and no declared route is absent. */
export const completeChecks: readonly CheckDefinition[] = catalogue
  .filter(({ name }) => name !== 'frontend')
  .map((contract) => {
    const behind = reachedBehind[contract.name] ?? [];
    return defineCheck({
      id: `services.${contract.name}.complete`,
      title: `${contract.name} answers every route of its contract`,
      why: 'A route that is declared and not built is a promise to every client; the walk asks each one and takes no effect where the contract allows to refuse.',
      category: 'services',
      severity: 'high',
      weight: 2,
      needs: [contract.name, ...behind].map(readyCheckId).concat('services.platform-services.available'),
      services: [contract.name, 'platform-services', ...behind],
      timeoutMs: 60_000,
      remediation: {
        text:
          'Write the handlers of the listed routes in platform/services/' +
          contract.name +
          '; every line says which request got which answer.',
        effort: 'weeks',
      },
      expects: {
        routes: equals(Object.keys(contract.routes).length),
        wrong: empty(),
        servedByOthers: empty(),
      },
      run: async (context) => {
        const wrong: string[] = [];
        const servedByOthers: string[] = [];
        let routes = 0;
        const { session, answer: refusal } = await openDirectSession(context);
        if (!session) return { routes, wrong: [`no session: ${summary(refusal)}`], servedByOthers };
        for (const route of Object.values(contract.routes)) {
          routes += 1;
          const sample = sampleRequest(route);
          // What takes effect may end its own session; it gets one that nothing else needs.
          const takesEffect = route.method !== 'GET' && !sample.invalid;
          const token = takesEffect
            ? (await openDirectSession(context)).session?.accessToken
            : session.accessToken;
          const answer = await context.http.request(contract.name, sample.path, {
            method: route.method,
            headersOnly: sample.headersOnly,
            ...(sample.body === undefined ? {} : { body: sample.body }),
            ...(route.access === 'user' && token ? { token } : {}),
          });
          if (servedBy(answer) !== contract.name) servedByOthers.push(`${route.method} ${sample.path}`);
          // Routes for services need a key that only services have: being refused is all that can be seen here.
          if (route.access === 'service') {
            if (answer.status !== 403)
              wrong.push(`${route.method} ${sample.path} without the internal key: ${summary(answer)}`);
            continue;
          }
          const problem = whatIsWrong(route, sample, answer);
          if (problem) wrong.push(problem);
        }
        return { routes, wrong, servedByOthers };
      },
    });
  });
