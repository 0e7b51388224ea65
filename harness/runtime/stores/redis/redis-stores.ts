import { setTimeout as delay } from 'node:timers/promises';
import type { Failover } from '../../../engine/stack.ts';
import type { StartContext } from '../../boot/boot-graph.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import { replicaNode, sentinelNodes } from '../../stack/platform-stack.ts';
import type { RunningStack } from '../../stack/running-stack.ts';
import { redisFolder, redisSocket, redisUrl, redisUrlOf } from '../store-addresses.ts';
import { askRedis, queryVersion } from './query-redis.ts';
import { RedisServer } from './redis-server.ts';
import { primaryName, quorum, redisSettings, sentinelSettings } from './settings.ts';

const redisNode = 'redis';
/** Pause between two queries for the promotion, milliseconds. */
const pauseMs = 20;

/** TCP ports of the servers: Sentinels do not know Unix sockets. */
export interface RedisPorts {
  primary: number;
  replica: number;
  /** One per Sentinel. */
  sentinels: readonly number[];
}

export interface RedisStoresOptions {
  scope: RunScope;
  stack: RunningStack;
  password: string;
  sentinelPassword: string;
  /** Present where the plan has a replica and Sentinels. */
  ports: RedisPorts | undefined;
}

/** Redis of one run: one server on a Unix socket, or a primary with a replica and three Sentinels on loopback ports. */
export class RedisStores implements Failover {
  readonly #options: RedisStoresOptions;
  /** The servers with data, by node. */
  readonly #servers = new Map<string, RedisServer>();
  /** The node that the drill has killed. */
  #killed: string | undefined;

  constructor(options: RedisStoresOptions) {
    this.#options = options;
  }

  /** Connection URL for the services, which follow a promotion where there are Sentinels. */
  get serviceUrl(): string {
    const { scope, password, sentinelPassword, ports } = this.#options;
    if (!ports) return redisUrl(scope.folder, password);
    const sentinels = ports.sentinels.map((port) => `127.0.0.1:${port}`).join(',');
    return `redis+sentinel://default:${password}@${sentinels}/${primaryName}/0?sentinel_password=${sentinelPassword}`;
  }

  /** Connection URLs of the replica and the Sentinels, by node. */
  get redundantUrls(): Record<string, string> {
    const { password, sentinelPassword, ports } = this.#options;
    if (!ports) return {};
    return {
      [replicaNode]: `redis://default:${password}@127.0.0.1:${ports.replica}/0`,
      ...Object.fromEntries(
        sentinelNodes.map((node, index) => [
          node,
          `redis://default:${sentinelPassword}@127.0.0.1:${ports.sentinels[index]}`,
        ]),
      ),
    };
  }

  get standbyUrl(): string {
    const { scope, password } = this.#options;
    const node = this.#killed === replicaNode ? redisNode : replicaNode;
    return redisUrlOf(redisSocket(scope.folder, node), password);
  }

  async startPrimary(context: StartContext): Promise<void> {
    await this.#startServer(
      redisNode,
      this.#dataServer(redisNode, this.#options.ports?.primary, []),
      context,
    );
  }

  async startReplica(context: StartContext): Promise<void> {
    const { ports } = this.#options;
    if (!ports) throw new Error('a replica needs ports');
    const server = this.#dataServer(replicaNode, ports.replica, [`replicaof 127.0.0.1 ${ports.primary}`]);
    await this.#startServer(replicaNode, server, context);
  }

  async #startServer(node: string, server: RedisServer, context: StartContext): Promise<void> {
    this.#servers.set(node, server);
    await server.start(context, () => {
      this.#options.stack.add(node, {
        process: () => server.process(),
        isPaused: () => this.#killed === node,
        stop: (options) => server.stop(options),
        restart: server.restart,
      });
      context.started();
    });
  }

  async startSentinel(node: string, context: StartContext): Promise<void> {
    const { scope, stack, password, sentinelPassword, ports } = this.#options;
    const port = ports?.sentinels[sentinelNodes.indexOf(node as (typeof sentinelNodes)[number])];
    if (!ports || port === undefined) throw new Error('a Sentinel needs a port');
    const folder = redisFolder(scope.folder, node);
    const server = new RedisServer({
      scope,
      node,
      folder,
      sentinel: true,
      configuration: [
        'bind 127.0.0.1',
        `port ${port}`,
        `dir ${folder}`,
        `requirepass ${sentinelPassword}`,
        `sentinel sentinel-pass ${sentinelPassword}`,
        `sentinel monitor ${primaryName} 127.0.0.1 ${ports.primary} ${quorum}`,
        `sentinel auth-pass ${primaryName} ${password}`,
        ...Object.entries(sentinelSettings).map(
          ([name, value]) => `sentinel ${name} ${primaryName} ${value}`,
        ),
      ],
      query: (signal) => querySentinel(port, sentinelPassword, signal),
    });
    await server.start(context, () => {
      stack.add(node, server);
      context.started();
    });
    // It is ready when it knows the others and the replica.
    stack.failovers.redis = this;
  }

  /** Kills the primary and waits until the Sentinels have promoted the replica. */
  async killPrimary(signal: AbortSignal): Promise<{ killedAtMs: number; promotedAtMs: number }> {
    const { scope, password } = this.#options;
    const roleOf = (path: string) =>
      askRedis({ path }, { password, commands: ['INFO replication'] }, signal).then(
        (reply) => /^role:(\w+)/m.exec(reply)?.[1],
        () => undefined,
      );
    // On a machine that stood still, the Sentinels may have promoted the replica before.
    const first = (await roleOf(redisSocket(scope.folder))) === 'master';
    const [primary, other] = first ? [redisNode, replicaNode] : [replicaNode, redisNode];
    this.#killed = primary;
    const killedAtMs = performance.now();
    await this.#servers.get(primary)?.process().stop({ signal: 'SIGKILL', graceMs: 0 });
    while ((await roleOf(redisSocket(scope.folder, other))) !== 'master')
      await delay(pauseMs, undefined, { signal });
    return { killedAtMs, promotedAtMs: performance.now() };
  }

  /** A server with the platform's data. Without a port it listens on its Unix socket only. */
  #dataServer(node: string, port: number | undefined, more: readonly string[]): RedisServer {
    const { scope, password } = this.#options;
    const folder = redisFolder(scope.folder, node);
    const path = redisSocket(scope.folder, node);
    return new RedisServer({
      scope,
      node,
      folder,
      configuration: [
        ...Object.entries(redisSettings).map(([name, value]) => `${name} ${value}`),
        'save ""',
        'bind 127.0.0.1',
        `port ${port ?? 0}`,
        `unixsocket ${path}`,
        'unixsocketperm 700',
        `requirepass ${password}`,
        `dir ${folder}`,
        ...(port === undefined
          ? []
          : [
              // Each of the two may become the replica of the other.
              `masterauth ${password}`,
              'replica-announce-ip 127.0.0.1',
              'repl-diskless-sync-delay 0',
            ]),
        ...more,
      ],
      query: async (signal) => {
        const version = await queryVersion({ path }, password, signal);
        if (node === replicaNode) await requireLink(path, password, signal);
        return `PING → PONG, redis_version ${version}`;
      },
    });
  }
}

/** @throws Error while the replica has not copied the primary's data; a promoted replica is fine */
async function requireLink(path: string, password: string, signal: AbortSignal): Promise<void> {
  const reply = await askRedis({ path }, { password, commands: ['INFO replication'] }, signal);
  if (/^role:master/m.test(reply) || /^master_link_status:up/m.test(reply)) return;
  throw new Error(`replication: ${/^master_link_status:(\w+)/m.exec(reply)?.[1] ?? 'unknown'}`);
}

/** @throws Error until the Sentinel knows the two others and a replica that it could promote */
async function querySentinel(port: number, password: string, signal: AbortSignal): Promise<string> {
  const reply = await askRedis(
    { host: '127.0.0.1', port },
    {
      password,
      commands: [
        `SENTINEL CKQUORUM ${primaryName}`,
        `SENTINEL MASTER ${primaryName}`,
        `SENTINEL REPLICAS ${primaryName}`,
      ],
    },
    signal,
  );
  const field = (name: string) => new RegExp(`\\r\\n${name}\\r\\n\\$\\d+\\r\\n([^\\r]*)`).exec(reply)?.[1];
  const others = field('num-other-sentinels');
  const replica = /\r\nrunid\r\n\$40\r\n[0-9a-f]{40}\r\n[\s\S]*\r\nmaster-link-status\r\n\$2\r\nok/.test(
    reply,
  );
  if (reply.includes('\r\n+OK') && others === '2' && replica)
    return 'CKQUORUM → OK, two other Sentinels, one replica';
  throw new Error(
    `Sentinel: quorum ${reply.includes('\r\n+OK') ? 'reached' : 'not reached'}, ${others ?? 'unknown'} other Sentinels, ${replica ? 'a replica' : 'no replica'}`,
  );
}
