import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Log } from '../../../kit/observe/log.ts';

export interface CacheScope {
  tenantId: string;
  /** Base id; `meta` for the list of bases. */
  base: string;
  /** Table id or name as requested; empty for the schema. */
  table: string;
}

export interface ResponseCache {
  /**
   * Returns the cached response, or calls `load` and caches its response for `ttlS` seconds where `keep` allows it. A
   * response that was loaded while the base changed is not cached, nor a large one.
   */
  through<T>(
    scope: CacheScope,
    options: { request: unknown; ttlS: number; load(): Promise<T>; keep?(response: T): boolean },
  ): Promise<T>;
  /** Drops cached responses of a tenant, a base, or some tables of a base. Returns the number dropped. */
  forget(scope: { tenantId: string; base?: string | undefined; tables?: readonly string[] }): Promise<number>;
}

const prefix = 'airtable';
/** Maximum length of a cached response as JSON, characters. Redis keeps sessions too, and must not fill up with pages. */
const maxLength = 256 * 1024;

/** Deletes every key of a tenant, for one whose account is erased. @returns the number of keys */
export async function eraseCache(redis: Redis, tenantId: string): Promise<number> {
  let erased = 0;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}:*:${tenantId}*`, 'COUNT', 1_000);
    if (keys.length > 0) erased += await redis.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
  return erased;
}

/** Stores a response and its entry in the base's index, unless the base's generation has changed. */
const keepScript = `
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('HSET', KEYS[3], KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[3], 86400)
redis.call('SADD', KEYS[4], KEYS[3])
redis.call('EXPIRE', KEYS[4], 86400)
return 1`;

/**
 * Responses of the real Airtable in Redis. A write drops all responses of the base, not only those of the table:
 * links, look-ups and roll-ups carry a change into other tables. Without Redis every request goes to Airtable.
 */
export function createResponseCache({ redis, log }: { redis: Redis; log: Log }): ResponseCache {
  const generationKey = (tenantId: string, base: string) => `${prefix}:generation:${tenantId}:${base}`;
  const indexKey = (tenantId: string, base: string) => `${prefix}:index:${tenantId}:${base}`;
  const basesKey = (tenantId: string) => `${prefix}:indexes:${tenantId}`;

  async function orFallback<T>(work: () => Promise<T>, fallback: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      log.warn({ err: String(error) }, 'the response cache is unavailable');
      return fallback;
    }
  }

  async function forgetBase(
    tenantId: string,
    index: string,
    tables: readonly string[] | undefined,
  ): Promise<number> {
    const entries = Object.entries(await redis.hgetall(index));
    const keys = entries
      .filter(([, table]) => tables === undefined || tables.includes(table))
      .map(([key]) => key);
    await redis.incr(generationKey(tenantId, index.slice(indexKey(tenantId, '').length)));
    if (keys.length === 0) return 0;
    await redis.hdel(index, ...keys);
    return redis.unlink(...keys);
  }

  return {
    async through({ tenantId, base, table }, { request, ttlS, load, keep = () => true }) {
      const digest = createHash('sha256')
        .update(JSON.stringify([table, request]))
        .digest('base64url');
      const key = `${prefix}:response:${tenantId}:${base}:${digest}`;
      const generation = generationKey(tenantId, base);
      const [cached, seenGeneration] = await orFallback(() => redis.mget(key, generation), [null, null]);
      if (cached) return JSON.parse(cached);
      const response = await load();
      const text = JSON.stringify(response);
      if (text.length <= maxLength && keep(response)) {
        const keys = [generation, key, indexKey(tenantId, base), basesKey(tenantId)];
        const values = [seenGeneration ?? '0', text, ttlS, table];
        await orFallback(() => redis.eval(keepScript, keys.length, ...keys, ...values), undefined);
      }
      return response;
    },
    forget: ({ tenantId, base, tables }) =>
      orFallback(async () => {
        const indexes =
          base === undefined ? await redis.smembers(basesKey(tenantId)) : [indexKey(tenantId, base)];
        let dropped = 0;
        for (const index of indexes) dropped += await forgetBase(tenantId, index, tables);
        return dropped;
      }, 0),
  };
}
