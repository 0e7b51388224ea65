import { catalogue } from '../../../platform/contracts/catalogue.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { EdgeCondition, StackNode, StackPlan } from '../runtime.ts';
import { databaseRoles } from './service-environment.ts';

/** Maximum time for a store or the migrations to be ready, milliseconds; more where the boot may take longer. */
const storeTimeoutMs = 15_000;
/** Maximum time for a service to be ready, milliseconds; shorter than the boot's, so that the report names the service. */
const serviceTimeoutMs = 20_000;

/** The node of the hot standby of PostgreSQL. */
export const standbyNode = 'postgres-standby';
/** The node of the replica of Redis. */
export const replicaNode = 'redis-replica';
/** The nodes of the Sentinels, which promote the replica. */
export const sentinelNodes = ['redis-sentinel-1', 'redis-sentinel-2', 'redis-sentinel-3'] as const;

export interface PlatformStackOptions {
  /** The documented ports (8000–8008, 3000) instead of free ones. */
  fixedPorts: boolean;
  bootTimeoutMs: number;
  /** A standby of PostgreSQL and a replica of Redis with three Sentinels, to which the services fail over. */
  highAvailability?: boolean;
  /** Services that run as two processes; see `replicaOf`. */
  replicas?: readonly ServiceName[];
  /** Additional environment variables per service. */
  env?: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
}

/**
 * The whole platform: two stores, the migrations, ten services.
 *
 * No service waits for another: each must start without its peers and report missing ones in its readiness. An edge
 * would hide the failure of one service behind another. Services with a database role wait for the migrations, which
 * create its tables and password.
 */
export function platformStack(options: PlatformStackOptions): StackPlan {
  // On a slow machine people raise the limit of the boot; each node gets its share of it.
  const limit = (usualMs: number, share: number) =>
    Math.max(Math.min(usualMs, options.bootTimeoutMs), Math.round(options.bootTimeoutMs * share));
  const store = (name: string, kind: 'store' | 'job', dependsOn: StackNode['dependsOn']): StackNode => ({
    name,
    kind,
    dependsOn,
    env: {},
    startTimeoutMs: limit(storeTimeoutMs, 1 / 2),
  });
  const replicas = (options.replicas ?? []).map(
    (name): StackNode => ({
      name: `${name}-2`,
      kind: 'service',
      replicaOf: name,
      dependsOn: edgesOf(name),
      env: options.env?.[name] ?? {},
      startTimeoutMs: limit(serviceTimeoutMs, 2 / 3),
    }),
  );
  const services = catalogue.map(
    ({ name, port }): StackNode => ({
      name,
      kind: 'service',
      dependsOn: edgesOf(name),
      env: options.env?.[name] ?? {},
      ...(options.fixedPorts ? { port } : {}),
      startTimeoutMs: limit(serviceTimeoutMs, 2 / 3),
    }),
  );
  return {
    nodes: [
      store('postgres', 'store', {}),
      store('redis', 'store', {}),
      store('migrate', 'job', { postgres: 'ready' }),
      ...(options.highAvailability
        ? [
            store(standbyNode, 'store', { migrate: 'completed' }),
            store(replicaNode, 'store', { redis: 'ready' }),
            ...sentinelNodes.map((name) => store(name, 'store', { [replicaNode]: 'ready' })),
          ]
        : []),
      ...services,
      ...replicas,
    ],
    bootTimeoutMs: options.bootTimeoutMs,
  };
}

function edgesOf(service: ServiceName): Record<string, EdgeCondition> {
  if (service === 'frontend') return { gateway: 'started' };
  return databaseRoles[service] === undefined
    ? { redis: 'started' }
    : { redis: 'started', migrate: 'completed' };
}
