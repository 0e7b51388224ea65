import type { RouteSpec } from './route.ts';

export const serviceNames = [
  'gateway',
  'mcp-server',
  'airtable-gateway',
  'llm-orchestrator',
  'file-service',
  'saga-service',
  'automation-services',
  'platform-services',
  'user-service',
  'frontend',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A part of a service's paths that the gateway offers to clients. */
export interface Mount {
  /** Prefix at the gateway, e.g. `/api/auth`. `/api/v1/...` is an alias of every `/api/...`. */
  public: string;
  /** Prefix at the service, e.g. `/auth`. Empty if the service's paths follow the public prefix directly. */
  internal: string;
}

export interface ServiceContract {
  name: ServiceName;
  title: string;
  /** Default port, from the assessment's port table. */
  port: number;
  mounts: readonly Mount[];
  routes: Readonly<Record<string, RouteSpec>>;
}

/** Declares a service and keeps the literal types of its routes. */
export function service<const S extends ServiceContract>(contract: S): S {
  return contract;
}

/** The path of a route at the gateway; undefined if the gateway does not offer it. */
export function gatewayPath(contract: ServiceContract, route: RouteSpec): string | undefined {
  if (route.access === 'service') return undefined;
  for (const mount of contract.mounts) {
    if (route.path === mount.internal || route.path.startsWith(`${mount.internal}/`))
      return mount.public + route.path.slice(mount.internal.length);
  }
  return undefined;
}
