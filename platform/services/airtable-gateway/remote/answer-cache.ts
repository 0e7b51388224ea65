import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Log } from '../../../kit/observe/log.ts';

export interface CachePlace {
  tenantId: string;
  /** Base id; `bases` for the list of bases. */
  base: string;
  /** Table id or name as requested; empty for the schema. */
  table: string;
}

export interface AnswerCache {
  /**
   * The cached answer, or the one `load` fetches, which is kept for `ttlS` seconds when `keep` agrees. An answer
   * that was on its way while the base was written to is not kept.
   */
  through<T>(
    place: CachePlace,
    options: { request: unknown; ttlS: number; load(): Promise<T>; keep?(answer: T): boolean },
  ): Promise<T>;
  /** Drops what is cached of a tenant, a base, or some tables of a base; gives the number of answers dropped. */
  forget(scope: { tenantId: string; base?: string | undefined; tables?: readonly string[] }): Promise<number>;
}

/** Stores an answer and its entry in the base's index, unless the base's generation has moved on. */
const keepScript = `
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('HSET', KEYS[3], KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[3], 86400)
redis.call('SADD', KEYS[4], KEYS[3])
redis.call('EXPIRE', KEYS[4], 86400)
return 1`;

/**
 * Answers of the real Airtable in Redis. Writing to a base drops everything of that base, not of one table only:
 * links, look-ups and roll-ups carry a change into other tables. Without Redis every request goes through.
 */
export function createAnswerCache({ redis, log }: { redis: Redis; log: Log }): AnswerCache {
  const prefix = 'airtable';
  const generationKey = (tenantId: string, base: string) => `${prefix}:generation:${tenantId}:${base}`;
  const indexKey = (tenantId: string, base: string) => `${prefix}:index:${tenantId}:${base}`;
  const basesKey = (tenantId: string) => `${prefix}:indexes:${tenantId}`;

  async function unlessAway<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      log.warn({ err: String(error) }, 'the cache is away');
      return otherwise;
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
      const key = `${prefix}:answer:${tenantId}:${base}:${digest}`;
      const [cached, generation] = await unlessAway(
        () => redis.mget(key, generationKey(tenantId, base)),
        [null, null],
      );
      if (cached) return JSON.parse(cached);
      const answer = await load();
      if (keep(answer))
        await unlessAway(
          () =>
            redis.eval(
              keepScript,
              4,
              generationKey(tenantId, base),
              key,
              indexKey(tenantId, base),
              basesKey(tenantId),
              generation ?? '0',
              JSON.stringify(answer),
              ttlS,
              table,
            ),
          undefined,
        );
      return answer;
    },
    forget: ({ tenantId, base, tables }) =>
      unlessAway(async () => {
        const indexes =
          base === undefined ? await redis.smembers(basesKey(tenantId)) : [indexKey(tenantId, base)];
        let dropped = 0;
        for (const index of indexes) dropped += await forgetBase(tenantId, index, tables);
        return dropped;
      }, 0),
  };
}
