import findMyWay from 'find-my-way';
import type { ServiceName } from '../../../contracts/service.ts';
import type { PublicOrigin } from '../../../kit/auth/protected-resource.ts';
import type { FastPath, FastPathTools } from '../../../kit/http/fast-path.ts';
import type { LimitRules } from '../limits/limit-rules.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { ProxiedRequest, type RouteTarget } from './proxied-request.ts';
import type { RequestPolicy } from './request-policy.ts';
import type { ProxiedRoute } from './route-table.ts';

export interface FastPathOptions {
  table: readonly ProxiedRoute[];
  paths: { ignoreTrailingSlash: boolean; maxParamLength: number };
  upstreams: ReadonlyMap<ServiceName, Upstream>;
  policy: RequestPolicy;
  rules: LimitRules;
  publicOrigin: PublicOrigin;
}

/** Serves every route of the table ahead of Fastify. Bodies are not read here. */
export function createFastPath(options: FastPathOptions, tools: FastPathTools): FastPath {
  const { table, paths, upstreams, policy, rules, publicOrigin } = options;
  const proxyTools = { ...tools, policy, publicOrigin };
  const router = findMyWay({
    ...paths,
    // The query is not needed here; parsing it would slow down every request.
    querystringParser: () => ({}),
  });
  const routes: { method: string; url: string }[] = [];
  for (const route of table) {
    const target: RouteTarget = {
      route,
      access: route.access,
      upstream: upstreams.get(route.service) as Upstream,
      addressRule: rules.byAddress(route),
    };
    for (const method of route.method === 'GET' ? (['GET', 'HEAD'] as const) : [route.method]) {
      router.on(method, route.url, () => {}, target);
      routes.push({ method, url: route.url });
    }
  }
  return {
    routes,
    handle(request, response) {
      const found = router.find(request.method as 'GET', request.url ?? '');
      if (found === null) {
        // The other routes of the gateway itself are registered twice.
        request.url = request.url?.replace(/^\/api\/v1(?=\/websocket\/)/, '/api');
        return false;
      }
      const target = found.store as RouteTarget;
      const { baseId } = found.params;
      const ofAirtable = target.route.problemFormat === 'airtable';
      const limited = ofAirtable && baseId !== undefined ? { ...target, base: baseId } : target;
      new ProxiedRequest(proxyTools, limited, request, response).handle();
      return true;
    },
  };
}
