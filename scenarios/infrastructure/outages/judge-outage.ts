import type { ServiceName } from '../../../platform/contracts/service.ts';
import { lossesSince } from './losses.ts';
import { claimsSuccess, describeRead, type ReadResult } from './sample-reads.ts';
import type { PlatformState, ServiceState } from './service-states.ts';

/** Reads that need no database: what they return is part of the program, or of the access token. */
export const readsWithoutDatabase: ReadonlySet<string> = new Set([
  'gateway.socketStats',
  'mcp-server.tools',
  'airtable-gateway.whoami',
  'llm-orchestrator.tools',
  'saga-service.templates',
]);

/** Services that need a store, and how their readiness names it. */
export interface Dependants {
  services: readonly ServiceName[];
  dependency: string;
}

/** Services that do not report the failure of what they need, one sentence each. */
export function unreported(states: readonly ServiceState[], { services, dependency }: Dependants): string[] {
  return states.flatMap(({ service, ready, failed }) => {
    if (!services.includes(service)) return [];
    if (ready !== 503) return [`${service}: /ready is ${ready}`];
    return failed.includes(dependency) ? [] : [`${service}: /ready names ${failed.join(', ') || 'nothing'}`];
  });
}

/** Services that report a failure that does not concern them. */
export function alarmedNeedlessly(states: readonly ServiceState[], { services }: Dependants): string[] {
  return states
    .filter(({ service, ready }) => !services.includes(service) && ready !== 200)
    .map(({ service, ready, failed }) => `${service}: /ready is ${ready} (${failed.join(', ')})`);
}

/** Liveness must not depend on others: a restart of the service would not help. */
export function notAlive(states: readonly ServiceState[]): string[] {
  return states
    .filter(({ health }) => health !== 200)
    .map(({ service, health }) => `${service}: /health is ${health}`);
}

/** Services that the gateway's report of the platform shows as healthy although they are not ready. */
export function reportedHealthy(platform: PlatformState | undefined, services: readonly string[]): string[] {
  if (!platform) return ['no report'];
  return services
    .filter((service) => service in platform.services && platform.services[service]?.status === 'healthy')
    .map((service) => `${service} is reported as healthy`);
}

/** Reads that claim success without the database that they need, and those that have lost something. */
export function hiddenFailures(before: readonly ReadResult[], during: readonly ReadResult[]): string[] {
  const lossesOf = comparedWith(before);
  return during.flatMap((result) => {
    if (!claimsSuccess(result)) return [];
    const losses = lossesOf(result);
    if (losses.length > 0) return [`${describeRead(result)}, and ${losses.join(', ')}`];
    return readsWithoutDatabase.has(result.read.id) ? [] : [`${describeRead(result)} without the database`];
  });
}

/** What a read that claims success has lost since it worked. */
export function lossesIn(before: readonly ReadResult[], result: ReadResult): string[] {
  return claimsSuccess(result) ? comparedWith(before)(result) : [];
}

/** What a read has lost since it worked. */
function comparedWith(before: readonly ReadResult[]): (result: ReadResult) => string[] {
  const bodies = new Map(before.map(({ read, json }) => [read.id, json]));
  return ({ read, json }) => lossesSince(bodies.get(read.id), json);
}

/** Reads that fail, or have lost something, although they worked before. */
export function differencesFrom(
  before: readonly ReadResult[],
  now: readonly ReadResult[],
  mayFail: (result: ReadResult) => boolean = () => false,
): string[] {
  const lossesOf = comparedWith(before);
  return now.flatMap((result) => {
    if (!claimsSuccess(result)) return mayFail(result) ? [] : [describeRead(result)];
    const losses = lossesOf(result);
    return losses.length > 0 ? [`${describeRead(result)}, but ${losses.join(', ')}`] : [];
  });
}

/** Failed reads without the documented response: 503 with Retry-After. */
export function undocumentedFailures(during: readonly ReadResult[]): string[] {
  return during
    .filter((result) => {
      if (claimsSuccess(result)) return false;
      // A tool reports its failure in the body of a 200.
      return readsWithoutDatabase.has(result.read.id) || (result.status !== 200 && !isUnavailable(result));
    })
    .map(describeRead);
}

/** The platform's problem, or the error of Airtable's API. */
function isUnavailable({ status, code, hasRetryAfter }: ReadResult): boolean {
  return status === 503 && hasRetryAfter && ['not_ready', 'SERVICE_UNAVAILABLE'].includes(code);
}
