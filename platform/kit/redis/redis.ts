import { Redis } from 'ioredis';
import type { Log } from '../observe/log.ts';
import { backoffMs } from '../service/backoff.ts';
import type { Dependency } from '../service/dependency.ts';
import { redisAddress } from './redis-address.ts';

export interface RedisOptions {
  /** One server or several Sentinels; see `redisAddress`. */
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

/** Opens Redis without waiting for it: a missing Redis shows in `/ready` and does not stop the process. */
export function openRedis({ url, log }: RedisOptions): RedisStore {
  const address = redisAddress(url);
  const retryStrategy = (attempt: number) => backoffMs({ firstMs: 100, maxMs: 1_000 }, attempt);
  const options = {
    ...address.options,
    // More attempts would respond long after the caller has given up.
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: 5_000,
    retryStrategy,
    sentinelRetryStrategy: retryStrategy,
    // A primary that has become a replica: connect again, to the new one, and repeat the rejected command.
    reconnectOnError: ({ message }: Error): 2 | false => (message.startsWith('READONLY') ? 2 : false),
  };
  const connections: Redis[] = [];

  function connect(): Redis {
    const redis = address.url === undefined ? new Redis(options) : new Redis(address.url, options);
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
