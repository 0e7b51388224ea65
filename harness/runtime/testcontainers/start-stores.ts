import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { RedisContainer } from '@testcontainers/redis';
import type { StartContext } from '../boot/boot-graph.ts';
import { adminRole, databaseName, serverSettings, volatileSettings } from '../stores/postgres/settings.ts';
import { queryVersion } from '../stores/redis/query-redis.ts';
import { redisSettings } from '../stores/redis/settings.ts';
import { waitForStore } from '../stores/wait-for-store.ts';
import type { ContainerNode } from './container-node.ts';
import { publishedHost } from './engine.ts';

export const postgresPort = 5432;
export const redisPort = 6379;
/** Maximum time of one query of a store that is starting, milliseconds. */
const queryLimitMs = 2_000;
const redisConfigFile = '/etc/pyairtable-redis.conf';

/** How the harness reaches a store. */
interface StoreAddress {
  /** The port of 127.0.0.1 for a port of the container. */
  getMappedPort(port: number): number;
}
type StoreContext = Pick<StartContext, 'signal' | 'probed'>;

/**
 * PostgreSQL with the settings of the other runtimes. Its data is in the volume of the image, which outlives a restart
 * and is removed with the container.
 */
export function postgresContainer(image: string, password: string): PostgreSqlContainer {
  const settings = { ...serverSettings, ...volatileSettings, shared_buffers: '128MB' };
  return new PostgreSqlContainer(image)
    .withDatabase(databaseName)
    .withUsername(adminRole)
    .withPassword(password)
    .withEnvironment({
      POSTGRES_INITDB_ARGS: '--locale=C --encoding=UTF8 --auth-host=scram-sha-256 --no-sync',
    })
    .withCommand([
      'postgres',
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
}

/** Redis with a password. Its data is removed with the container. */
export function redisContainer(image: string, password: string): RedisContainer {
  const settings = {
    ...redisSettings,
    bind: '*',
    requirepass: password,
    save: '""',
    dir: '/data',
  };
  const content = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  return (
    new RedisContainer(image)
      // In a file, because every user of the machine can read arguments.
      .withCopyContentToContainer([{ content: content.join(''), target: redisConfigFile, mode: 0o644 }])
      .withCommand(['redis-server', redisConfigFile])
  );
}

/** Queries PostgreSQL over the published port. During its set-up the image's server listens on no port. */
export async function waitForPostgres(
  node: ContainerNode,
  started: StoreAddress,
  password: string,
  context: StoreContext,
): Promise<void> {
  const { Client } = await import('pg');
  const version = await waitForStore({
    server: node,
    name: 'PostgreSQL',
    signal: context.signal,
    probed: context.probed,
    query: async () => {
      const client = new Client({
        host: publishedHost,
        port: started.getMappedPort(postgresPort),
        user: adminRole,
        password,
        database: databaseName,
        connectionTimeoutMillis: queryLimitMs,
        query_timeout: queryLimitMs,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        const { rows } = await client.query<{ version: string }>(
          "SELECT current_setting('server_version') AS version",
        );
        return rows[0]?.version;
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  });
  context.probed(`SELECT → PostgreSQL ${version}`);
}

export async function waitForRedis(
  node: ContainerNode,
  started: StoreAddress,
  password: string,
  context: StoreContext,
): Promise<void> {
  const address = { host: publishedHost, port: started.getMappedPort(redisPort) };
  const version = await waitForStore({
    server: node,
    name: 'Redis',
    signal: context.signal,
    probed: context.probed,
    query: (signal) => queryVersion(address, password, signal),
  });
  context.probed(`PING → PONG, redis_version ${version}`);
}
