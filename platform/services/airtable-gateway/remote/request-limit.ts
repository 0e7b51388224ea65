import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { problem } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';

export interface RequestLimitOptions {
  redis: Redis;
  log: Log;
  /** Requests allowed within the window; Airtable's limit is 5 per second and base. */
  requests: number;
  windowMs: number;
  /** Longest wait for a turn before the caller is told to come back, milliseconds. */
  maxWaitMs: number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RequestLimit {
  /**
   * Waits for a turn to send a request for `scope`.
   * @throws ProblemError `rate_limited` with `retry-after` when the turn would come too late
   */
  take(scope: string, signal: AbortSignal): Promise<void>;
  /** Nobody sends for `scope` for this long: Airtable has asked for a pause. */
  pause(scope: string, ms: number): Promise<void>;
}

/**
 * One atomic step: while a pause runs, or the window is full, gives the milliseconds until it is worth asking
 * again; else enters the request and gives 0. The clock is Redis' own, which all processes share.
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

/** A sliding window shared by all processes through Redis; while Redis is away each process keeps its own. */
export function createRequestLimit(options: RequestLimitOptions): RequestLimit {
  const { redis, log, requests, windowMs, maxWaitMs } = options;
  const wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const own = new Map<string, number[]>();

  function takeOwn(scope: string): number {
    const now = performance.now();
    const times = (own.get(scope) ?? []).filter((time) => time > now - windowMs);
    own.set(scope, times);
    if (times.length < requests) {
      times.push(now);
      return 0;
    }
    return Math.ceil((times[0] ?? now) + windowMs - now) + 1;
  }

  async function untilTurn(scope: string): Promise<number> {
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
      log.warn({ err: String(error) }, 'the shared request limit is away, counting alone');
      return takeOwn(scope);
    }
  }

  return {
    async take(scope, signal) {
      let waited = 0;
      for (;;) {
        const waitMs = await untilTurn(scope);
        if (waitMs === 0) return;
        if (waited + waitMs > maxWaitMs) throw tooMany(waitMs);
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

/** The refusal for a request that would have to wait too long. */
export function tooMany(waitMs: number) {
  return problem('rate_limited', {
    message: 'Airtable takes no more requests for now.',
    headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });
}
