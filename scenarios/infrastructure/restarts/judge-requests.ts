import type { Restart } from '../../../harness/engine/index.ts';
import type { LoadedRequest, LoadedRoute } from './steady-load.ts';

/** Whether a route may fail while the node is down. */
export function isConcerned(route: LoadedRoute, node: string): boolean {
  return route.service === node || route.via === node || route.needs.includes(node);
}

export function succeeded({ route, status }: LoadedRequest): boolean {
  return route.success.includes(status);
}

/**
 * The documented responses while a node is away: 502 `bad_gateway` until the circuit of the gateway opens, then 503
 * with Retry-After. While the gateway itself is away there is no response. Whatever is behind it still responds with
 * 503 when a store is away.
 */
function isDocumented({ status, code, hasRetryAfter, route }: LoadedRequest, node: string): boolean {
  if (status === 0) return route.via === node && goneCodes.has(code);
  if (status === 502) return code === 'bad_gateway' && !stores.has(node);
  return status === 503 && hasRetryAfter && ['circuit_open', 'not_ready'].includes(code);
}

/** What a client sees of a program that has stopped: refused, or closed before it was accepted. */
const goneCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']);
const stores = new Set(['postgres', 'redis']);

/** When every route that the node concerns had its first success after the exit; undefined if one had none. */
export function recoveredAtMs(
  requests: readonly LoadedRequest[],
  routes: readonly LoadedRoute[],
  { node, restart }: Outage,
): number | undefined {
  const times = routes
    .filter((route) => isConcerned(route, node))
    .map((route) => firstSuccess(requests, route, restart.exitedAtMs));
  if (times.some((time) => time === undefined)) return undefined;
  return Math.max(restart.readyAtMs ?? restart.exitedAtMs, ...times.map((time) => time ?? 0));
}

function firstSuccess(
  requests: readonly LoadedRequest[],
  route: LoadedRoute,
  afterMs: number,
): number | undefined {
  const times = requests
    .filter((request) => request.route === route && request.startedAtMs >= afterMs && succeeded(request))
    .map(({ endedAtMs }) => endedAtMs);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** A node with the time for which it was away. */
export interface Outage {
  node: string;
  restart: Restart;
}

/** Failures that no outage explains, as text with the outage before them. */
export function unexplained(requests: readonly LoadedRequest[], outages: readonly Outage[]): string[] {
  return requests.flatMap((request) => {
    if (succeeded(request) || outages.some((outage) => explains(outage, request, requests))) return [];
    const { startedAtMs } = request;
    const { node, restart } =
      outages.findLast((outage) => outage.restart.stoppedAtMs <= startedAtMs) ?? (outages[0] as Outage);
    return [`${node}: ${describeFailure(request)} at ${Math.round(startedAtMs - restart.stoppedAtMs)} ms`];
  });
}

function explains(
  { node, restart }: Outage,
  request: LoadedRequest,
  requests: readonly LoadedRequest[],
): boolean {
  const { route, startedAtMs, endedAtMs } = request;
  const recovered = firstSuccess(requests, route, restart.exitedAtMs);
  const during = endedAtMs >= restart.stoppedAtMs && (recovered === undefined || startedAtMs <= recovered);
  return isConcerned(route, node) && during && isDocumented(request, node);
}

/** `503 circuit_open of GET /api/users/me`. */
export function describeFailure({ route, status, code, hasRetryAfter }: LoadedRequest): string {
  const what =
    status === 0
      ? code
      : `${status} ${code}${status === 503 && !hasRetryAfter ? ' without Retry-After' : ''}`;
  return `${what.trim()} of ${route.name}`;
}
