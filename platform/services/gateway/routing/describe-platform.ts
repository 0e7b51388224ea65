import { catalogue } from '../../../contracts/catalogue.ts';
import { gateway } from '../../../contracts/gateway/contract.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import { gatewayPath } from '../../../contracts/service.ts';
import { describeService, type OpenApiDocument } from '../../../kit/openapi/openapi.ts';

/** `mcp-server` and `callTool` become `mcpServerCallTool`: unique among all services. */
function operationName(service: string, route: string): string {
  const words = `${service}-${route}`.split('-');
  return words
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

/** Describes every route that clients can reach, at its path at the gateway. */
export function describePlatform(): OpenApiDocument {
  const routes: Record<string, RouteSpec> = {};
  const proxied = new Set<string>();
  for (const contract of catalogue) {
    for (const [name, route] of Object.entries(contract.routes)) {
      const path = gatewayPath(contract, route);
      if (path === undefined) continue;
      const id = operationName(contract.name, name);
      routes[id] = { ...route, path };
      if (contract.name !== 'gateway') proxied.add(id);
    }
  }
  return describeService({ ...gateway, routes }, { proxied });
}
