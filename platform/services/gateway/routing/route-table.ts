import { catalogue } from '../../../contracts/catalogue.ts';
import {
  type Access,
  isUpload,
  type Method,
  type ProblemFormat,
  type RouteSpec,
} from '../../../contracts/route.ts';
import type { Mount, ServiceContract, ServiceName } from '../../../contracts/service.ts';

/** A route of the gateway that leads to a route of a service. */
export interface ProxiedRoute {
  service: ServiceName;
  /** `<service>.<name of the route in its contract>`. */
  id: string;
  method: Method;
  /** Path template at the gateway, e.g. `/api/v1/users/:id`. */
  url: string;
  /** Start of the path at the gateway, e.g. `/api/v1/users`. */
  publicPrefix: string;
  /** What `publicPrefix` becomes at the service, e.g. `/users`. */
  internalPrefix: string;
  access: Access;
  /** Maximum time until the response headers arrive, milliseconds. */
  timeoutMs: number;
  /** Maximum size of the request body, bytes. */
  maxBodyBytes: number;
  /** Format of the gateway's own errors: that of the service behind it. */
  problemFormat: ProblemFormat;
  /** Whether the body may take as long as it keeps arriving. */
  upload: boolean;
  /** Path of the resource whose metadata a 401 names (RFC 9728); undefined when it names none. */
  metadataOf: string | undefined;
}

function mountOf(contract: ServiceContract, route: RouteSpec): Mount | undefined {
  return contract.mounts.find(
    ({ internal }) => route.path === internal || route.path.startsWith(`${internal}/`),
  );
}

/**
 * Every route of every contract at its path at the gateway, and again below `/api/v1`. Routes of access `service` are
 * listed too: the gateway responds with 404 there. Otherwise a template such as `/users/:id` would lead a client to a
 * service's `/users/internal`.
 * @param defaults for routes that declare none: maximum body size in bytes, maximum time in milliseconds
 */
export function routeTable(defaults: { bodyBytes: number; timeoutMs: number }): ProxiedRoute[] {
  const table: ProxiedRoute[] = [];
  for (const contract of catalogue) {
    if (contract.name === 'gateway') continue;
    for (const [name, route] of Object.entries(contract.routes)) {
      const mount = mountOf(contract, route);
      if (mount === undefined) continue;
      const rest = route.path.slice(mount.internal.length);
      for (const publicPrefix of [mount.public, mount.public.replace(/^\/api\b/, '/api/v1')]) {
        table.push({
          service: contract.name,
          id: `${contract.name}.${name}`,
          method: route.method,
          url: publicPrefix + rest,
          publicPrefix,
          internalPrefix: mount.internal,
          access: route.access,
          timeoutMs: route.timeoutMs ?? defaults.timeoutMs,
          maxBodyBytes: route.maxBodyBytes ?? defaults.bodyBytes,
          problemFormat: route.problemFormat ?? 'envelope',
          upload: isUpload(route),
          metadataOf: route.hasResourceMetadata ? publicPrefix + rest : undefined,
        });
      }
    }
  }
  return table;
}

/**
 * The request target at the service: the prefix changes, and a slash at the end of the path is removed, which the
 * gateway’s router ignores. The rest stays as the client sent it.
 */
export function upstreamTarget(route: ProxiedRoute, target: string): string {
  const rest = (route.internalPrefix + target.slice(route.publicPrefix.length)).replace(
    /^([^?]*[^?/])\/(?=\?|$)/,
    '$1',
  );
  return rest.startsWith('/') ? rest : `/${rest}`;
}
