import { catalogue } from '../../platform/contracts/catalogue.ts';
import type { RouteSpec } from '../../platform/contracts/route.ts';
import { gatewayPath, type ServiceContract } from '../../platform/contracts/service.ts';

/** Routes of a service that the gateway exposes, each with its path there. */
export function routesAtGateway(contract: ServiceContract): RouteSpec[] {
  return Object.values(contract.routes).flatMap((route) => {
    const path = gatewayPath(contract, route);
    return path === undefined ? [] : [{ ...route, path }];
  });
}

/** Services that clients reach through the gateway. */
export const servicesBehindGateway = catalogue.filter(
  (contract) => contract.name !== 'gateway' && routesAtGateway(contract).length > 0,
);
