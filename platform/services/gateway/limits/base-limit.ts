import type { Redis } from 'ioredis';
import type { Log } from '../../../kit/observe/log.ts';
import { raceAbort } from '../../../kit/service/race-abort.ts';

export interface BaseLimitOptions {
  redis: Redis;
  log: Log;
  /** Requests per window; as many may come at once. */
  limit: number;
  windowMs: number;
  /** Maximum wait of a request for its turn, milliseconds. */
  maxWaitMs: number;
  /** How long a base rejects everything after a request that would have waited longer, milliseconds. */
  penaltyMs: number;
}

/** A turn to wait for, or a rejection with the rest of the penalty, milliseconds. */
export type Turn = { waitMs: number } | { penaltyMs: number };

export interface BaseLimit {
  take(base: string): Promise<Turn>;
}

/**
 * KEYS: end of the last turn given, penalty. ARGV: interval, window, maximum wait, penalty, all in milliseconds.
 * Returns the wait, or minus the rest of the penalty. One clock counts for all gateways: that of Redis.
 */
const turnScript = `
local penalty = redis.call('PTTL', KEYS[2])
if penalty > 0 then return -penalty end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local turn = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = math.max(0, turn - now - (window - interval))
if wait > tonumber(ARGV[3]) then
  redis.call('SET', KEYS[2], '1', 'PX', ARGV[4])
  return -tonumber(ARGV[4])
end
redis.call('SET', KEYS[1], string.format('%.0f', turn + interval), 'PX', math.ceil(turn + interval - now))
return math.ceil(wait)`;

type WithTurn = Redis & {
  takeTurn(turn: string, penalty: string, ...times: number[]): Promise<number>;
};

/** Maximum wait for Redis, milliseconds. */
const redisLimitMs = 2_000;

/**
 * Airtable's limit of requests per base. A client that sends one request after another is slowed down to the rate and
 * never rejected, as Airtable's own response times do it. Only parallel requests can exceed it. While Redis does not
 * respond, bases have no limit; those of users stay in force.
 */
export function createBaseLimit(options: BaseLimitOptions): BaseLimit {
  const { redis, log, limit, windowMs, maxWaitMs, penaltyMs } = options;
  redis.defineCommand('takeTurn', { numberOfKeys: 2, lua: turnScript });
  let failing = false;
  const times = [windowMs / limit, windowMs, maxWaitMs, penaltyMs];
  return {
    async take(base) {
      const keys = [`rate_limit:base:${base}`, `rate_limit:base-penalty:${base}`] as const;
      try {
        const answer = await raceAbort(
          (redis as WithTurn).takeTurn(...keys, ...times),
          AbortSignal.timeout(redisLimitMs),
        );
        failing = false;
        return answer < 0 ? { penaltyMs: -answer } : { waitMs: answer };
      } catch (err) {
        if (!failing) log.warn({ err }, 'requests per base are not limited while Redis does not respond');
        failing = true;
        return { waitMs: 0 };
      }
    },
  };
}
