import { Redis } from 'ioredis';
import { storeProblem } from '../http/problem.ts';
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
  /**
   * Resolves when a replica has what `client` has written, so that a failover keeps it. Without Sentinels, or while no
   * replica is connected, one server is all there is.
   * @throws ProblemError `not_ready` when the replica did not confirm it in time
   */
  replicated(): Promise<void>;
  readonly dependency: Dependency;
  close(): Promise<void>;
}

/** Maximum time for a replica to confirm a write, milliseconds. Other commands of the connection wait meanwhile. */
const replicationLimitMs = 2_000;

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
    async replicated() {
      if (address.options.sentinels === undefined) return;
      const [, , replicas] = (await client.role()) as [string, number, unknown[]];
      if (replicas.length === 0 || (await client.wait(1, replicationLimitMs)) > 0) return;
      throw storeProblem(new Error(`no replica has confirmed the write within ${replicationLimitMs} ms`));
    },
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
