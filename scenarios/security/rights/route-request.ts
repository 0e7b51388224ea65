import { catalogue } from '../../../platform/contracts/catalogue.ts';
import type { Needs } from '../../../platform/contracts/rights.ts';
import type { RouteSpec } from '../../../platform/contracts/route.ts';
import { gatewayPath, type ServiceContract } from '../../../platform/contracts/service.ts';
import { approvedRoute } from '../../kit/contract/approved-contract.ts';
import { fileForm } from '../../kit/file-form.ts';
import type { Objects } from './objects.ts';
import { bodies, queries } from './route-bodies.ts';

/** A route that names an object, at the gateway. */
export interface ObjectRoute {
  /** `service.route`, as in the contracts. */
  id: string;
  service: ServiceContract['name'];
  spec: RouteSpec;
  /** With the parameters as `:name`. */
  path: string;
}

/** A request that its owner may send. */
export interface RouteRequest {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

type Kind = Exclude<keyof Objects, 'absent'>;

/** Values of path parameters that are no id. */
const words: Readonly<Record<string, string>> = {
  'saga-service.startTemplate.type': 'workspace_creation',
  'saga-service.publish.type': 'readiness.probe',
  'automation-services.version.version': '1',
};

/** The object that a parameter names, for parameters that name the same kind everywhere. */
const kindOfParameter: Readonly<Record<string, Kind>> = {
  baseId: 'base',
  tableId: 'table',
  tableIdOrName: 'table',
  fieldId: 'field',
  recordId: 'records',
  commentId: 'comment',
  webhookId: 'webhook',
  syncId: 'sync',
  userId: 'guest',
  invitationId: 'invitation',
};

/** The object that `:id` names, by the service and the part of the path before it. */
const kindOfCollection: Readonly<Record<string, Kind>> = {
  'platform-services/workspaces': 'workspace',
  'platform-services/sessions': 'session',
  'platform-services/tokens': 'token',
  'platform-services/grants': 'grant',
  'platform-services/exports': 'export',
  'platform-services/users': 'guest',
  'user-service/users': 'owner',
  'file-service/files': 'file',
  'llm-orchestrator/sessions': 'conversation',
  'llm-orchestrator/session': 'conversation',
  'llm-orchestrator/user': 'owner',
  'automation-services/workflows': 'workflow',
  'automation-services/executions': 'execution',
  'automation-services/templates': 'template',
  'automation-services/notifications': 'notification',
  'saga-service/saga': 'saga',
};

/**
 * The route with the access and the rights that are approved. A contract that is wrong must not decide what is right.
 * A route that is not approved keeps its own: the check of the contract names it.
 */
function asApproved(service: ServiceContract['name'], spec: RouteSpec): RouteSpec {
  const approved = approvedRoute(service, `${spec.method} ${spec.path}`);
  if (approved === undefined || approved.access === 'unknown') return spec;
  const { needs: _own, ...rest } = spec;
  const needs = approved.needs as Needs | undefined;
  return { ...rest, access: approved.access, ...(needs === undefined ? {} : { needs }) };
}

/** Every route of access `user` that names an object in its path, its body or its query. */
export function objectRoutes(): ObjectRoute[] {
  return catalogue.flatMap((contract) =>
    Object.entries(contract.routes).flatMap(([key, declared]: [string, RouteSpec]) => {
      const spec = asApproved(contract.name, declared);
      const path = gatewayPath(contract, spec);
      const id = `${contract.name}.${key}`;
      const parameters = [...spec.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      const named =
        parameters.some((name) => words[`${id}.${name}`] === undefined) ||
        (typeof spec.needs === 'object' && 'id' in spec.needs);
      if (spec.access !== 'user' || path === undefined || !named) return [];
      return [{ id, service: contract.name, spec, path }];
    }),
  );
}

/** Records that a route deletes are its own: later routes need the others. */
function recordFor({ id, spec }: ObjectRoute, { records }: Objects): string {
  if (spec.method !== 'DELETE' || id.includes('omment')) return records[0] as string;
  return records[id.endsWith('.removeRecord') ? 1 : 2] as string;
}

const parametersOf = ({ spec }: ObjectRoute): string[] =>
  [...spec.path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);

/** The kind of object that a parameter of a route names. */
function kindOf({ service, spec }: ObjectRoute, name: string): Kind | undefined {
  if (name !== 'id') return kindOfParameter[name];
  const collection = /([^/]+)\/:id(?:\/|$)/.exec(spec.path)?.[1];
  return kindOfCollection[`${service}/${collection}`];
}

/** Whether the path of a route names an object of a kind that the owner has none of. */
export function namesAbsent(route: ObjectRoute, { absent }: Objects): boolean {
  return parametersOf(route).some((name) => absent.has(kindOf(route, name) ?? ''));
}

function idFor(route: ObjectRoute, name: string, objects: Objects): string | undefined {
  const word = words[`${route.id}.${name}`];
  if (word !== undefined) return word;
  const kind = kindOf(route, name);
  if (kind === undefined) return undefined;
  return kind === 'records' ? recordFor(route, objects) : objects[kind];
}

/**
 * Makes a valid request for a route about the objects of a household, from its contract: with the contract's example as
 * the body, unless the request needs one about these objects.
 * @returns the reason as a text when there is no valid request
 */
export function requestFor(route: ObjectRoute, objects: Objects): RouteRequest | string {
  const { id, spec, path } = route;
  const params: Record<string, string> = {};
  for (const name of parametersOf(route)) {
    const value = idFor(route, name, objects);
    if (value === undefined) return `${id}: no object for the parameter ${name}`;
    params[name] = value;
  }
  const wrong = (part: string, error: unknown) => `${id}: the ${part} is invalid: ${String(error)}`;
  const parsed = spec.params?.safeParse(params);
  if (parsed?.error) return wrong('path', parsed.error);
  const query = queries[id]?.(objects) ?? '';
  const readable = Object.fromEntries(new URLSearchParams(query));
  const asked = spec.query?.safeParse(
    spec.queryFormat === 'brackets' ? { records: [readable['records[]']] } : readable,
  );
  if (query !== '' && asked?.error) return wrong('query', asked.error);
  const request: RouteRequest = {
    method: spec.method,
    path: `${path.replaceAll(/:(\w+)/g, (_match, name: string) => params[name] as string)}${query}`,
  };
  if (spec.bodyType === 'multipart/form-data') return { ...request, ...fileForm('more.txt', 'by another') };
  if (spec.body === undefined) return request;
  const body = bodies[id]?.(objects) ?? spec.bodyExample;
  const accepted = spec.body.safeParse(body);
  if (accepted.error) return wrong('body', accepted.error);
  return { ...request, ...(body === undefined ? {} : { body }) };
}

const rank = { GET: 0, POST: 1, PATCH: 1, PUT: 1, DELETE: 2 } as const;

/** Deletions of what holds other objects. */
const last = ['airtable-gateway.deleteBase', 'platform-services.deleteWorkspace'];

/** Reads first, then changes, then deletions: what is inside of another object before that object. */
export function inOrder(routes: readonly ObjectRoute[]): ObjectRoute[] {
  const depth = ({ path }: ObjectRoute) => path.split('/').length;
  return routes.toSorted(
    (a, b) =>
      last.indexOf(a.id) - last.indexOf(b.id) ||
      rank[a.spec.method] - rank[b.spec.method] ||
      (a.spec.method === 'DELETE' ? depth(b) - depth(a) : 0),
  );
}
