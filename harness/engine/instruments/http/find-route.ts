import { catalogue } from '../../../../platform/contracts/catalogue.ts';
import { operationalRoutes } from '../../../../platform/contracts/operational.ts';
import type { RouteSpec } from '../../../../platform/contracts/route.ts';
import { gatewayPath, type ServiceName } from '../../../../platform/contracts/service.ts';

/** A route of a contract, as the service itself names it. */
export interface FoundRoute {
  service: ServiceName;
  /** E.g. `GET /files/:id`. */
  route: string;
}

interface Candidate extends FoundRoute {
  parts: readonly string[];
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');

/** Parameters match any part; a route with fewer of them comes first, as in a router. */
const parameters = ({ parts }: Candidate): number => parts.filter((part) => part.startsWith(':')).length;

/** Finds the declared route of a request to a service or to the gateway; undefined for other paths. */
export function routeFinder(): (
  service: ServiceName,
  method: string,
  path: string,
) => FoundRoute | undefined {
  const candidates = new Map<string, Candidate[]>();
  const keyOf = (service: ServiceName, method: string, parts: readonly string[]) =>
    `${service} ${method} ${parts.length}`;
  const add = (at: ServiceName, path: string, service: ServiceName, spec: RouteSpec) => {
    const parts = partsOf(path);
    const key = keyOf(at, spec.method, parts);
    const list = candidates.get(key) ?? [];
    list.push({ service, route: `${spec.method} ${spec.path}`, parts });
    candidates.set(
      key,
      list.toSorted((a, b) => parameters(a) - parameters(b)),
    );
  };
  for (const contract of catalogue) {
    const own: RouteSpec[] = [...Object.values(operationalRoutes), ...Object.values(contract.routes)];
    for (const spec of own) add(contract.name, spec.path, contract.name, spec);
    if (contract.name === 'gateway') continue;
    for (const spec of Object.values(contract.routes)) {
      const path = gatewayPath(contract, spec);
      if (path !== undefined) add('gateway', path, contract.name, spec);
    }
  }
  return (service, method, path) => {
    const plain = path.replace(/[?#].*/, '').replace(/^\/api\/v1(?=\/)/, '/api');
    const parts = partsOf(plain);
    return candidates
      .get(keyOf(service, method, parts))
      ?.find((candidate) =>
        candidate.parts.every((part, index) => part.startsWith(':') || part === parts[index]),
      );
  };
}
