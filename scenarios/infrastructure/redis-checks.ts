import { connect } from 'node:net';
import { atLeast, atMost, defineCheck, equals, matches } from '../../harness/engine/index.ts';
import { durations, percentile } from '../kit/percentile.ts';
import { redisEvicts, redisFull, redisGuessable, redisStopped } from './node-breaks.ts';

const samples = 100;

export const redisVersion = defineCheck({
  id: 'infrastructure.redis.version-7',
  title: 'Redis is version 7 and stores keys with expiry',
  why: 'Sessions, limits and caches are stored in Redis and use commands of version 7.',
  category: 'infrastructure',
  severity: 'high',
  requires: ['redis-admin'],
  remediation: {
    text: 'Start Redis 7 (Debian: redis-server; compose: image redis:7) with the password that the services use.',
    effort: 'hours',
  },
  breaks: [redisFull],
  expects: { version: matches(/^7\./), pong: equals('PONG'), storesAndExpires: equals(true) },
  run: async ({ redis, unique }) => {
    const client = redis();
    const info = await client.info('server');
    const key = unique('readiness');
    await client.set(key, 'kept', 'PX', 60_000);
    const kept = await client.get(key);
    const ttl = await client.pttl(key);
    await client.del(key);
    return {
      version: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
      pong: await client.ping(),
      storesAndExpires: kept === 'kept' && ttl > 0 && ttl <= 60_000,
    };
  },
});

/** See `networkLatency` for the reason to use the median. */
export const redisLatency = defineCheck({
  id: 'infrastructure.redis.latency-under-50-ms',
  title: 'Redis responds within 50 ms (median)',
  why: 'Every request through the gateway reads limits and sessions from Redis. The assessment measured 15 ms on average.',
  category: 'infrastructure',
  severity: 'medium',
  needs: ['infrastructure.redis.version-7'],
  requires: ['redis-admin'],
  // Runs alone, so that other checks do not slow Redis down.
  isolation: 'exclusive',
  remediation: {
    text: 'Check SLOWLOG GET and LATENCY DOCTOR. Move Redis off a busy or swapping machine.',
    effort: 'days',
  },
  breaks: [redisStopped],
  controls: ['samples'],
  expects: { samples: atLeast(samples, 'round trips'), median: atMost(50, 'ms') },
  run: async ({ redis, unique, keep }) => {
    const client = redis();
    const key = unique('latency');
    await client.ping();
    const times = await durations(samples, () => client.set(key, 'x', 'PX', 10_000));
    await client.del(key);
    await keep('round-trip-times-ms.json', times);
    return { samples: times.length, median: percentile(times, 50) };
  },
});

export const redisAuthentication = defineCheck({
  id: 'infrastructure.redis.password-required',
  title: 'Redis rejects clients without the password',
  standards: ['ASVS 13.2.1', 'ASVS 13.2.3', 'API8'],
  failureTitle: 'Redis serves clients without its password',
  why: 'Redis stores sessions and limits. Without a password, any process on the network can forge a session.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.redis.version-7'],
  requires: ['redis-admin'],
  remediation: {
    text: 'Set requirepass (or ACL users) and put the password into REDIS_URL of the services.',
    effort: 'hours',
  },
  breaks: [redisGuessable],
  expects: { withoutPassword: matches(/^-NOAUTH /), wrongPassword: matches(/^-WRONGPASS /) },
  run: async ({ stack, signal }) => {
    const url = stack.redis?.url ?? '';
    return {
      withoutPassword: await firstReply(url, 'GET readiness\r\n', signal),
      wrongPassword: await firstReply(url, 'AUTH not-the-password\r\n', signal),
    };
  },
});

export const redisMemory = defineCheck({
  id: 'infrastructure.redis.memory-and-eviction',
  title: 'Redis uses at most 3 MB and evicts no keys',
  // The assessment measured a platform at rest. Each account and session of the other checks adds to the data.
  early: true,
  why: 'The assessment asks for less than 3 MB of data. An eviction policy other than noeviction signs users out at random.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.redis.version-7'],
  requires: ['redis-admin'],
  remediation: {
    text: 'Set maxmemory-policy noeviction. Find large keys with redis-cli --bigkeys and give them an expiry.',
    effort: 'hours',
  },
  breaks: [redisEvicts],
  expects: {
    dataset: atMost(3, 'MB'),
    evictionPolicy: equals('noeviction'),
    evictedKeys: equals(0),
  },
  run: async ({ redis }) => {
    const info = await redis().info();
    const field = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? 'unknown';
    return {
      dataset: Math.round((Number(field('used_memory_dataset')) / 1_000_000) * 100) / 100,
      evictionPolicy: field('maxmemory_policy'),
      evictedKeys: Number(field('evicted_keys')),
    };
  },
});

/** Redis’s first reply to a client that sends one command without signing in. */
async function firstReply(url: string, command: string, signal: AbortSignal): Promise<string> {
  const { hostname, port, searchParams } = new URL(url);
  const path = searchParams.get('path');
  const socket = path
    ? connect({ path, signal })
    : connect({ host: hostname, port: Number(port || 6379), signal });
  try {
    socket.write(command);
    let reply = '';
    for await (const chunk of socket) {
      reply += String(chunk);
      if (reply.includes('\r\n')) break;
    }
    return reply.trim();
  } finally {
    socket.destroy();
  }
}
