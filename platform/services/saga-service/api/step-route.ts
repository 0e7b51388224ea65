import { contractOf } from '../../../contracts/catalogue.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import type { ServiceContract, ServiceName } from '../../../contracts/service.ts';

/** Services that a step may name: those whose routes do something on their own. */
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

/** Routes that take or give secrets, which would come to lie in the saga's record. */
const secretRoutes: ReadonlySet<string> = new Set([
  'platform-services.changePassword',
  'platform-services.invite',
  'platform-services.logout',
]);

export function isStepService(service: string): service is StepService {
  return (stepServices as readonly string[]).includes(service);
}

/** Whether both sides of a route speak JSON, so that a step can call it and keep the answer. */
function speaksJson(route: RouteSpec): boolean {
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
 * The route that a step names. Steps of callers reach only routes that users may call: the others act with the
 * platform's rights on whoever is named in the payload, and public ones are guarded by limits at the gateway.
 * @returns what is wrong, when there is no such route for this kind of step.
 */
export function findStepRoute(
  { service, action }: { service: string; action: string },
  { trusted }: { trusted: boolean },
): StepRoute | { refusal: string } {
  if (!isStepService(service)) return { refusal: `steps cannot call ${service}` };
  const contract = contractOf(service);
  const route = Object.hasOwn(contract.routes, action) ? contract.routes[action] : undefined;
  const open = route !== undefined && (trusted || route.access === 'user');
  if (!open) return { refusal: `${service} has no route ${action} for users` };
  if (!trusted && secretRoutes.has(`${service}.${action}`))
    return { refusal: `${service}.${action} handles secrets, which sagas do not keep` };
  if (!speaksJson(route)) return { refusal: `${service}.${action} does not answer with JSON` };
  return { contract, route };
}
