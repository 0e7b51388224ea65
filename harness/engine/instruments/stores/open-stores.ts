import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { Capability } from '../../../plan/plan.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { StackAddresses } from '../../stack.ts';
import { loadPostgres } from './open-database.ts';
import { loadRedis } from './open-redis.ts';

/** PostgreSQL and Redis for one check; connections are made when they are used and end with the check. */
export interface OpenStores extends AsyncDisposable {
  databaseAdmin(): Pool;
  databaseAs(service: ServiceName): Pool;
  redis(): Redis;
}

/**
 * @param options.requires what the check declares; drivers are loaded for that only.
 * @param options.demand throws when the check may not use a capability.
 */
export async function openStores(options: {
  stack: StackAddresses;
  requires: ReadonlySet<Capability>;
  demand(capability: Capability): void;
}): Promise<OpenStores> {
  const { stack, requires, demand } = options;
  const needsDatabase = requires.has('postgres-admin') || requires.has('postgres-service-roles');
  const openPool = needsDatabase ? await loadPostgres() : undefined;
  const openRedis = requires.has('redis-admin') ? await loadRedis() : undefined;
  const pools = new Map<string, Pool>();
  let client: Redis | undefined;

  const poolAt = (url: string | undefined, capability: Capability): Pool => {
    demand(capability);
    if (!openPool || url === undefined) throw new MissingCapability(capability);
    const pool = pools.get(url) ?? openPool(url);
    pools.set(url, pool);
    return pool;
  };

  return {
    databaseAdmin: () => poolAt(stack.postgres?.adminUrl, 'postgres-admin'),
    databaseAs: (service) => poolAt(stack.postgres?.serviceUrls[service], 'postgres-service-roles'),
    redis: () => {
      demand('redis-admin');
      if (!openRedis || !stack.redis) throw new MissingCapability('redis-admin');
      client ??= openRedis(stack.redis.url);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      client?.disconnect();
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}
