import { Redis } from 'ioredis';
import type { Log } from '../observe/log.ts';
import { backoffMs } from '../service/backoff.ts';
import type { Dependency } from '../service/dependency.ts';

export interface RedisOptions {
  /** `redis://[:password@]host:port/db` or `unix:///path/to/socket`. */
  url: string;
  log: Log;
}

export interface RedisStore {
  /** Without a connection, a command fails after one attempt to connect. */
  readonly client: Redis;
  /** Opens another connection, for subscriptions. It is closed with the store. */
  duplicate(): Redis;
  readonly dependency: Dependency;
  close(): Promise<void>;
}

const unix = 'unix://';

/** Opens Redis without waiting for it: a missing Redis shows in `/ready` and does not stop the process. */
export function openRedis({ url, log }: RedisOptions): RedisStore {
  const options = {
    // More attempts would respond long after the caller has given up.
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: 5_000,
    retryStrategy: (attempt: number) => backoffMs({ firstMs: 100, maxMs: 1_000 }, attempt),
    ...(url.startsWith(unix) ? { path: url.slice(unix.length) } : {}),
  };
  const connections: Redis[] = [];

  function connect(): Redis {
    const redis = url.startsWith(unix) ? new Redis(options) : new Redis(url, options);
    redis.on('error', (error: Error) => log.warn({ err: error.message }, 'redis connection failed'));
    connections.push(redis);
    return redis;
  }

  const client = connect();
  return {
    client,
    duplicate: connect,
    dependency: {
      name: 'redis',
      async check() {
        const reply = await client.ping();
        if (reply !== 'PONG') throw new Error(`redis replied ${reply} to PING`);
      },
    },
    async close() {
      for (const connection of connections.reverse()) connection.disconnect();
    },
  };
}
