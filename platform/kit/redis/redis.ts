import { Redis } from 'ioredis';
import type { Log } from '../observe/log.ts';
import type { Dependency } from '../service/dependency.ts';

export interface RedisOptions {
  /** `redis://[:password@]host:port/db` or `unix:///path/to/socket`. */
  url: string;
  log: Log;
}

export interface RedisStore {
  /** While there is no connection a command fails after one attempt to get one. */
  readonly client: Redis;
  /** A further connection, for subscriptions; closed with the store. */
  duplicate(): Redis;
  readonly dependency: Dependency;
  close(): Promise<void>;
}

const unix = 'unix://';

/** Opens Redis without waiting for it: an absent Redis shows in `/ready`, it does not stop the process. */
export function openRedis({ url, log }: RedisOptions): RedisStore {
  const options = {
    // More attempts would answer the caller long after it has given up.
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: 5_000,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
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
        const answer = await client.ping();
        if (answer !== 'PONG') throw new Error(`redis answered ${answer} to PING`);
      },
    },
    async close() {
      for (const connection of connections.reverse()) connection.disconnect();
    },
  };
}
