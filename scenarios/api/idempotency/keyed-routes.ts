import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { storesKeys } from '../../../platform/contracts/idempotency.ts';
import type { RouteSpec } from '../../../platform/contracts/route.ts';
import { gatewayPath } from '../../../platform/contracts/service.ts';

/** A route whose service stores idempotency keys, with its path at the gateway. */
export interface KeyedRoute {
  service: string;
  /** `service.route`. */
  id: string;
  method: string;
  path: string;
  example: unknown;
  /** Whether GET of the same path shows what the route changes. */
  isReadable: boolean;
  /** Whether its body is a form with a file. */
  isForm: boolean;
}

/** Deletions come last: other requests need what they delete. */
const order = ['POST', 'PUT', 'PATCH', 'DELETE'];

export const keyedRoutes: readonly KeyedRoute[] = catalogue
  .flatMap((contract) => {
    const reads = new Set(
      Object.values(contract.routes)
        .filter(({ method }) => method === 'GET')
        .map((route) => gatewayPath(contract, route)),
    );
    return Object.entries(contract.routes as Record<string, RouteSpec>).flatMap(([name, route]) => {
      const path = gatewayPath(contract, route);
      if (path === undefined || !storesKeys(route)) return [];
      return {
        service: contract.name,
        id: `${contract.name}.${name}`,
        method: route.method,
        path,
        example: route.bodyExample,
        isReadable: reads.has(path),
        isForm: route.bodyType === 'multipart/form-data',
      };
    });
  })
  .sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method) || b.path.length - a.path.length);
