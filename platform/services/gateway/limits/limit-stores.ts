import type { Redis } from 'ioredis';
import type { Log } from '../../../kit/observe/log.ts';
import type { Grant, LimitStore } from './rate-limit.ts';

/** KEYS: the count. ARGV: wanted, limit, window in milliseconds. Returns granted, used, milliseconds left. */
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
    wanted: number,
    limit: number,
    windowMs: number,
  ): Promise<[number, number, number]>;
};

/** Counts in Redis, shared by all gateways. */
export function createRedisLimitStore(redis: Redis): LimitStore {
  redis.defineCommand('takeFromLimit', { numberOfKeys: 1, lua: takeScript });
  return {
    async take(key, rule, wanted) {
      const [granted, used, resetMs] = await (redis as WithTake).takeFromLimit(
        key,
        wanted,
        rule.limit,
        rule.windowMs,
      );
      return { granted, used, resetMs };
    },
  };
}

export interface LocalLimitStoreOptions {
  now: () => number;
  /** Most keys remembered; the oldest is forgotten. Default 20,000. */
  maxKeys?: number;
}

/** Counts in this process alone, for the time that Redis does not answer. */
export function createLocalLimitStore(options: LocalLimitStoreOptions): LimitStore {
  const windows = new Map<string, { used: number; endsAt: number }>();
  const maxKeys = options.maxKeys ?? 20_000;
  return {
    async take(key, rule, wanted): Promise<Grant> {
      const at = options.now();
      let window = windows.get(key);
      if (window === undefined || window.endsAt <= at) {
        windows.delete(key);
        if (windows.size >= maxKeys) windows.delete(windows.keys().next().value as string);
        window = { used: 0, endsAt: at + rule.windowMs };
        windows.set(key, window);
      }
      const granted = Math.max(0, Math.min(wanted, rule.limit - window.used));
      window.used += granted;
      return { granted, used: window.used, resetMs: window.endsAt - at };
    },
  };
}

/**
 * Longest wait for the first store, and how long it is left alone after it failed, milliseconds. A refused connection
 * fails at once; the wait is for a store that hangs, and must outlast a stall of this process itself.
 */
const firstStoreLimitMs = 2_000;
const firstStoreRestMs = 1_000;

export interface FallbackOptions {
  first: LimitStore;
  second: LimitStore;
  now: () => number;
  log: Log;
}

/**
 * Uses the first store, and the second while the first fails or is slow. With Redis down every rule therefore stays
 * in force, counted per gateway and from zero at the start of the outage: nobody gets in unlimited, login and
 * registration included, and nobody is locked out.
 */
export function withFallback({ first, second, now, log }: FallbackOptions): LimitStore {
  let restUntil = 0;
  let failing = false;

  async function inTime(work: Promise<Grant>): Promise<Grant> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${firstStoreLimitMs} ms`)), firstStoreLimitMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async take(key, rule, wanted) {
      if (now() < restUntil) return second.take(key, rule, wanted);
      try {
        const grant = await inTime(first.take(key, rule, wanted));
        if (failing) log.info('rate limits are shared through Redis again');
        failing = false;
        return grant;
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'rate limits are counted locally while Redis does not answer');
        failing = true;
        restUntil = now() + firstStoreRestMs;
        return second.take(key, rule, wanted);
      }
    },
  };
}
