import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';
import { problem } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { systemClock } from '../../../kit/service/clock.ts';

export interface RequestLimitOptions {
  redis: Redis;
  log: Log;
  /** Maximum number of requests within the window; Airtable's limit is 5 per second and base. */
  requests: number;
  windowMs: number;
  /** Maximum total wait for a slot, milliseconds. */
  maxWaitMs: number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RequestLimit {
  /**
   * Waits until a request for `scope` may be sent.
   * @throws ProblemError `rate_limited` with `retry-after` when the wait would exceed `maxWaitMs`
   */
  take(scope: string, signal: AbortSignal): Promise<void>;
  /** Blocks requests of all processes for `scope`, because Airtable asked for a pause. */
  pause(scope: string, ms: number): Promise<void>;
}

/**
 * One atomic step. During a pause or with a full window it returns the milliseconds until the next attempt makes
 * sense; otherwise it counts the request and returns 0. It uses Redis' clock, which all processes share.
 */
const takeScript = `
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return pause end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, tonumber(oldest[2]) + window - now + 1)`;

/** A sliding window that all processes share through Redis. While Redis is unavailable, each process counts alone. */
export function createRequestLimit(options: RequestLimitOptions): RequestLimit {
  const { redis, log, requests, windowMs, maxWaitMs, wait = systemClock.sleep } = options;
  const localTimes = new Map<string, number[]>();

  function takeLocally(scope: string): number {
    const now = performance.now();
    const times = (localTimes.get(scope) ?? []).filter((time) => time > now - windowMs);
    localTimes.set(scope, times);
    if (times.length < requests) {
      times.push(now);
      return 0;
    }
    return Math.ceil((times[0] ?? now) + windowMs - now) + 1;
  }

  async function tryTake(scope: string): Promise<number> {
    try {
      const waitMs = await redis.eval(
        takeScript,
        2,
        `airtable_rate_limit:base:${scope}`,
        `airtable_rate_limit:pause:${scope}`,
        requests,
        windowMs,
        randomUUID(),
      );
      return Number(waitMs);
    } catch (error) {
      log.warn({ err: String(error) }, 'the shared request limit is unavailable; counting locally');
      return takeLocally(scope);
    }
  }

  return {
    async take(scope, signal) {
      let waited = 0;
      for (;;) {
        const waitMs = await tryTake(scope);
        if (waitMs === 0) return;
        if (waited + waitMs > maxWaitMs) throw tooManyRequests(waitMs);
        await wait(waitMs, signal);
        waited += waitMs;
      }
    },
    async pause(scope, ms) {
      try {
        await redis.set(`airtable_rate_limit:pause:${scope}`, '1', 'PX', Math.max(1, Math.ceil(ms)));
      } catch (error) {
        log.warn({ err: String(error) }, 'a pause could not be shared');
      }
    },
  };
}

/** The problem for a request that would have to wait too long. */
export function tooManyRequests(waitMs: number) {
  return problem('rate_limited', {
    message: 'Airtable accepts no more requests at the moment.',
    headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });
}
