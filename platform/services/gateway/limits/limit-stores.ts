import type { Redis } from 'ioredis';
import type { Log } from '../../../kit/observe/log.ts';
import { raceAbort } from '../../../kit/service/race-abort.ts';
import type { Grant, LimitStore } from './rate-limit.ts';

/** KEYS: the count. ARGV: requested, limit, window in milliseconds. Returns granted, used, milliseconds left. */
const takeScript = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local granted = math.max(0, math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - used))
local left = redis.call('PTTL', KEYS[1])
if granted > 0 then
  used = redis.call('INCRBY', KEYS[1], granted)
  if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    left = tonumber(ARGV[3])
  end
end
return {granted, used, left < 0 and tonumber(ARGV[3]) or left}`;

type WithTake = Redis & {
  takeFromLimit(
    key: string,
    requested: number,
    limit: number,
    windowMs: number,
  ): Promise<[number, number, number]>;
};

/** Counts in Redis, for all gateways together. */
export function createRedisLimitStore(redis: Redis): LimitStore {
  redis.defineCommand('takeFromLimit', { numberOfKeys: 1, lua: takeScript });
  return {
    async take(key, rule, requested) {
      const [granted, used, resetMs] = await (redis as WithTake).takeFromLimit(
        key,
        requested,
        rule.limit,
        rule.windowMs,
      );
      return { granted, used, resetMs };
    },
  };
}

/** Maximum number of keys in the local store; the oldest is dropped. */
const maxLocalKeys = 20_000;

/** Counts in this process alone, for use while Redis does not respond. */
export function createLocalLimitStore({ now }: { now: () => number }): LimitStore {
  const windows = new Map<string, { used: number; endsAt: number }>();
  return {
    async take(key, rule, requested): Promise<Grant> {
      const at = now();
      let window = windows.get(key);
      if (window === undefined || window.endsAt <= at) {
        windows.delete(key);
        if (windows.size >= maxLocalKeys) windows.delete(windows.keys().next().value as string);
        window = { used: 0, endsAt: at + rule.windowMs };
        windows.set(key, window);
      }
      const granted = Math.max(0, Math.min(requested, rule.limit - window.used));
      window.used += granted;
      return { granted, used: window.used, resetMs: window.endsAt - at };
    },
  };
}

/**
 * Maximum wait for the first store, milliseconds. A rejected connection fails at once; the wait is for a store that
 * hangs, and must be longer than a stall of this process.
 */
const firstStoreLimitMs = 2_000;
/** Time after a failure of the first store during which it is not used, milliseconds. */
const firstStorePauseMs = 1_000;

export interface FallbackOptions {
  first: LimitStore;
  second: LimitStore;
  now: () => number;
  log: Log;
}

/**
 * Uses the first store, and the second one while the first fails or is slow. While Redis is down every limit, those of
 * sign-in and registration included, stays in force. It is counted per gateway and starts at zero, so nobody is locked
 * out.
 */
export function withFallback({ first, second, now, log }: FallbackOptions): LimitStore {
  let pausedUntil = 0;
  let failing = false;

  return {
    async take(key, rule, requested) {
      if (now() < pausedUntil) return second.take(key, rule, requested);
      try {
        const grant = await raceAbort(
          first.take(key, rule, requested),
          AbortSignal.timeout(firstStoreLimitMs),
        );
        if (failing) log.info('rate limits are shared through Redis again');
        failing = false;
        return grant;
      } catch (error) {
        if (!failing)
          log.warn({ err: error }, 'rate limits are counted locally while Redis does not respond');
        failing = true;
        pausedUntil = now() + firstStorePauseMs;
        return second.take(key, rule, requested);
      }
    },
  };
}
