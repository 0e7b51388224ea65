import type { Break } from '../../harness/engine/index.ts';
import type { RouteSpec } from '../../platform/contracts/route.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { oneBreak, rejectWith } from '../kit/breaks.ts';

/** The requests of a route, with whatever stands for its parameters. */
export function patternOf({ path }: Pick<RouteSpec, 'path'>): RegExp {
  const escaped = path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/?]+');
  return new RegExp(`^${escaped}(\\?.*)?$`);
}

/**
 * A route that is missing and one that does nothing, for a check that requests every route.
 * @param options.at where the check sends the requests
 * @param options.routes as they are there; the first and the last of them break
 */
export function routeBreaks(options: {
  at: ServiceName;
  owner: ServiceName;
  routes: readonly RouteSpec[];
}): Break[] {
  const { at, owner } = options;
  // Without registration there is no user whose requests could show anything.
  const routes = options.routes.filter(({ path }) => !path.endsWith('/auth/register'));
  const [first, last] = [routes[0], routes.at(-1)];
  if (!first || !last) return [];
  const met = (route: RouteSpec) => ({ service: at, method: route.method, path: patternOf(route) });
  return [
    oneBreak(
      `${owner} responds with 501 to ${first.method} ${first.path}.`,
      rejectWith(met(first), 'not_implemented'),
      'problems',
    ),
    oneBreak(
      `Another service responds to ${last.method} ${last.path}, which it does not know.`,
      rejectWith(met(last), 'not_found', at === owner ? 'frontend' : at),
      'servedByOthers',
    ),
  ];
}
