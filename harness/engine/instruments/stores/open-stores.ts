import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { Capability } from '../../../plan/plan.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { StackAddresses } from '../../stack.ts';
import { loadPostgres } from './open-database.ts';
import { loadRedis } from './open-redis.ts';

/** PostgreSQL and Redis for one check. Connections open on first use and close after the check. */
export interface OpenStores extends AsyncDisposable {
  databaseAdmin(database?: string): Pool;
  databaseAs(service: ServiceName, database?: string): Pool;
  redis(url?: string): Redis;
}

/**
 * @param options.requires capabilities that the check declares; only their drivers are loaded
 * @param options.requireCapability throws when the check may not use a capability
 */
export async function openStores(options: {
  stack: StackAddresses;
  requires: ReadonlySet<Capability>;
  requireCapability(capability: Capability): void;
}): Promise<OpenStores> {
  const { stack, requires, requireCapability } = options;
  const needsDatabase = requires.has('postgres-admin') || requires.has('postgres-service-roles');
  const openPool = needsDatabase ? await loadPostgres() : undefined;
  const openRedis = requires.has('redis-admin') ? await loadRedis() : undefined;
  const pools = new Map<string, Pool>();
  const clients = new Map<string, Redis>();

  const poolAt = (url: string | undefined, capability: Capability): Pool => {
    requireCapability(capability);
    if (!openPool || url === undefined) throw new MissingCapability(capability);
    const pool = pools.get(url) ?? openPool(url);
    pools.set(url, pool);
    return pool;
  };

  return {
    databaseAdmin: (database) => poolAt(inDatabase(stack.postgres?.adminUrl, database), 'postgres-admin'),
    databaseAs: (service, database) =>
      poolAt(inDatabase(stack.postgres?.serviceUrls[service], database), 'postgres-service-roles'),
    redis: (url = stack.redis?.url) => {
      requireCapability('redis-admin');
      if (!openRedis || url === undefined) throw new MissingCapability('redis-admin');
      const client = clients.get(url) ?? openRedis(url);
      clients.set(url, client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients.values()) client.disconnect();
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

/** The same login at another database of the server. */
function inDatabase(url: string | undefined, database: string | undefined): string | undefined {
  if (url === undefined || database === undefined) return url;
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
