import { contractOf } from '../../../contracts/catalogue.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import type { ServiceContract, ServiceName } from '../../../contracts/service.ts';
import { delegatedScopeOf } from '../../../contracts/token-scope.ts';

/** Services that a step may call. */
export const stepServices = [
  'mcp-server',
  'airtable-gateway',
  'llm-orchestrator',
  'file-service',
  'automation-services',
  'platform-services',
  'user-service',
] as const satisfies readonly ServiceName[];
export type StepService = (typeof stepServices)[number];

/** Routes that accept or return secrets, which the saga would store. */
const secretRoutes: ReadonlySet<string> = new Set([
  'platform-services.changePassword',
  'platform-services.invite',
  'platform-services.logout',
]);

export function isStepService(service: string): service is StepService {
  return (stepServices as readonly string[]).includes(service);
}

/** Whether request and response of a route are JSON, as calling it and storing its response requires. */
function usesJson(route: RouteSpec): boolean {
  const type = route.success.contentType ?? 'application/json';
  return (
    route.bodyType === undefined &&
    type === 'application/json' &&
    (route.success.schema !== undefined || route.success.status === 204)
  );
}

export interface StepRoute {
  contract: ServiceContract;
  route: RouteSpec;
}

/**
 * Finds the route that a step names. Steps that a user defines may call only routes for users: internal routes act
 * with the platform's rights on any user named in the payload, and public routes rely on the gateway's rate limits.
 * @returns the reason when this kind of step may not call such a route
 */
export function findStepRoute(
  { service, action }: { service: string; action: string },
  { trusted }: { trusted: boolean },
): StepRoute | { reason: string } {
  if (!isStepService(service)) return { reason: `steps cannot call ${service}` };
  const contract = contractOf(service);
  const route = Object.hasOwn(contract.routes, action) ? contract.routes[action] : undefined;
  const isAllowed = route !== undefined && (trusted || route.access === 'user');
  if (!isAllowed) return { reason: `${service} has no route ${action} for users` };
  if (!trusted && secretRoutes.has(`${service}.${action}`))
    return { reason: `${service}.${action} handles secrets, which sagas do not store` };
  if (!trusted && delegatedScopeOf(route) === undefined)
    return { reason: `${service}.${action} can be used by the user only` };
  if (!usesJson(route)) return { reason: `${service}.${action} does not use JSON` };
  return { contract, route };
}
