import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { StackAddresses } from '../../engine/stack.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { type ListeningSocket, openListeningSocket } from '../process/listening-socket.ts';
import type { ManagedProcess } from '../process/managed-process.ts';
import type { Program } from '../programs/programs.ts';
import type { StackNode, StackPlan } from '../runtime.ts';
import type { HarnessServers } from '../stack/harness-servers.ts';
import { replicaNode, sentinelNodes, standbyNode } from '../stack/platform-stack.ts';
import type { RunSecrets } from '../stack/run-secrets.ts';
import type { NodeRestart, RunningNode, RunningStack } from '../stack/running-stack.ts';
import { databaseRoles, filesFolder, mailFolder, serviceEnvironment } from '../stack/service-environment.ts';
import { PostgresStandby } from '../stores/postgres/postgres-standby.ts';
import { PostgresStore } from '../stores/postgres/postgres-store.ts';
import { adminRole } from '../stores/postgres/settings.ts';
import { type RedisPorts, RedisStores } from '../stores/redis/redis-stores.ts';
import { availablePostgresUrl, postgresUrl, redisUrl } from '../stores/store-addresses.ts';
import type { StartContext } from './boot-graph.ts';
import { withOverrides } from './node-environment.ts';
import { runJob, startService } from './start-service.ts';

/** Descriptor of a service's socket: the first after the three standard ones. */
const socketDescriptor = 3;

export interface NodeStarterOptions {
  plan: StackPlan;
  scope: RunScope;
  stack: RunningStack;
  programOf: (node: string) => Program;
  /** See `Programs.migrationsDigest`. */
  migrationsDigest: string | undefined;
  sockets: ReadonlyMap<string, ListeningSocket>;
  /** Present where the plan has a replica of Redis. */
  redisPorts: RedisPorts | undefined;
  packageRoot: string;
  cacheDir: string;
  secrets: RunSecrets;
  servers: HarnessServers;
}

/** Starts each kind of node, and provides the addresses of the started ones. */
export class NodeStarter {
  readonly #options: NodeStarterOptions;
  /** Base URLs that services get. */
  readonly #serviceUrls: Readonly<Record<string, string>>;
  readonly #replicaUrls: Readonly<Record<string, string>>;
  #postgres: PostgresStore | undefined;
  #standby: PostgresStandby | undefined;
  readonly #redis: RedisStores;
  #redisIsUp = false;

  constructor(options: NodeStarterOptions) {
    this.#options = options;
    const { redisPassword: password, sentinelPassword } = options.secrets;
    this.#redis = new RedisStores({ ...options, password, sentinelPassword, ports: options.redisPorts });
    const urlsOf = (nodes: readonly StackNode[]) =>
      Object.fromEntries(
        nodes.map(({ name, port }) => [name, `http://127.0.0.1:${port ?? options.sockets.get(name)?.port}`]),
      );
    const services = options.plan.nodes.filter(({ kind }) => kind === 'service');
    this.#serviceUrls = urlsOf(services.filter(({ replicaOf }) => replicaOf === undefined));
    this.#replicaUrls = urlsOf(services.filter(({ replicaOf }) => replicaOf !== undefined));
  }

  /** Starts a node; see `BootGraphOptions.start`. */
  async start(node: StackNode, context: StartContext): Promise<void> {
    if (node.kind === 'service') return this.#startService(node, context);
    if (node.kind === 'job') return this.#migrate(node, context);
    if (node.name === 'postgres') return this.#startPostgres(node, context);
    if (node.name === standbyNode) return this.#startStandby(node, context);
    if (node.name === 'redis') return this.#startRedis(context);
    if (node.name === replicaNode) return this.#redis.startReplica(context);
    if (sentinelNodes.some((name) => name === node.name))
      return this.#redis.startSentinel(node.name, context);
    throw new ReadinessError('stack-plan-invalid', `The process runtime has no store "${node.name}".`, {
      hint: `Its stores are "postgres", "${standbyNode}", "redis", "${replicaNode}" and "${sentinelNodes.join('", "')}".`,
    });
  }

  /**
   * Starts a service that is not part of the plan; no other node knows its address.
   * @returns its base URL
   */
  async startFurther(node: StackNode, context: StartContext): Promise<string> {
    const socket = await openListeningSocket();
    try {
      const url = `http://127.0.0.1:${socket.port}`;
      await this.#startService(node, context, { url, socket });
      return url;
    } finally {
      socket.close();
    }
  }

  /** Addresses of all services, and of the stores that are ready. */
  addresses(): StackAddresses {
    const { scope, secrets, stack } = this.#options;
    return {
      services: this.#serviceUrls as Record<ServiceName, string>,
      ...(this.#postgres
        ? {
            postgres: {
              adminUrl: this.#adminUrl(),
              serviceUrls: Object.fromEntries(
                Object.keys(databaseRoles).flatMap((service) => {
                  const url = this.#ownUrl(service);
                  return url === undefined ? [] : [[service, url]];
                }),
              ),
            },
          }
        : {}),
      ...(this.#redisIsUp ? { redis: { url: redisUrl(scope.folder, secrets.redisPassword) } } : {}),
      internalKey: secrets.internalApiKey,
      mailFolder: mailFolder(scope.folder.tmp),
      filesFolder: filesFolder(scope.folder.tmp),
      redundant: {
        ...this.#replicaUrls,
        ...(this.#standby ? { [standbyNode]: this.#standby.standbyUrl } : {}),
        ...(stack.failovers.redis ? this.#redis.redundantUrls : {}),
      },
    };
  }

  #has(store: string): boolean {
    return this.#options.plan.nodes.some(({ kind, name }) => kind === 'store' && name === store);
  }

  #adminUrl(): string {
    const { scope, secrets } = this.#options;
    return postgresUrl(scope.folder, { role: adminRole, password: secrets.postgresPassword });
  }

  /** For services: follows a promotion where there is a standby. */
  #databaseUrl(service: string): string | undefined {
    return this.#ownUrl(service, this.#has(standbyNode) ? availablePostgresUrl : postgresUrl);
  }

  /** Undefined for services without a role, and for plans without PostgreSQL. */
  #ownUrl(service: string, urlOf: typeof availablePostgresUrl = postgresUrl): string | undefined {
    const { scope, secrets } = this.#options;
    const role = databaseRoles[service as ServiceName];
    const password = role === undefined ? undefined : secrets.rolePasswords[role];
    if (role === undefined || password === undefined || !this.#has('postgres')) return undefined;
    return urlOf(scope.folder, { role, password });
  }

  async #startPostgres(node: StackNode, context: StartContext): Promise<void> {
    const { scope, stack } = this.#options;
    // A changed job creates other data than the template.
    const changed = this.#options.plan.nodes.some((other) => other.kind === 'job' && isChanged(other));
    const store = await PostgresStore.open(
      {
        scope,
        node: node.name,
        cacheFolder: this.#options.cacheDir,
        adminPassword: this.#options.secrets.postgresPassword,
        replicated: this.#has(standbyNode),
        migrationsDigest: changed ? undefined : this.#options.migrationsDigest,
      },
      context,
    );
    this.#postgres = store;
    stack.add(node.name, {
      process: () => store.process,
      isPaused: () => store.restarting || (this.#standby?.primaryKilled ?? false),
      stop: (stopOptions) => store.stop(stopOptions),
      restart: store.restart,
    });
  }

  async #startStandby(node: StackNode, context: StartContext): Promise<void> {
    const { scope, stack, secrets } = this.#options;
    if (!this.#postgres) throw new Error('a standby needs the primary');
    context.started();
    const standby = await PostgresStandby.open(
      { scope, node: node.name, primary: this.#postgres, password: secrets.replicationPassword },
      context,
    );
    this.#standby = standby;
    stack.add(node.name, {
      process: () => standby.process,
      stop: (stopOptions) => standby.stop(stopOptions),
      restart: standby.restart,
    });
    stack.failovers.postgres = standby;
  }

  async #startRedis(context: StartContext): Promise<void> {
    await this.#redis.startPrimary(context);
    this.#redisIsUp = true;
  }

  async #migrate(node: StackNode, context: StartContext): Promise<void> {
    const { scope, secrets } = this.#options;
    const postgres = this.#postgres;
    if (postgres?.migrated && !isChanged(node)) {
      context.started();
      await postgres.setPasswords(secrets.rolePasswords);
      scope.log(node.name).write('stdout', 'The prepared database has all migrations; passwords renewed.\n');
      return;
    }
    const program = this.#options.programOf(node.name);
    const environment = withOverrides(node, {
      ADMIN_DATABASE_URL: this.#adminUrl(),
      SERVICE_PASSWORDS: JSON.stringify(secrets.rolePasswords),
    });
    await runJob({ ...this.#common(node), program, environment }, context);
    if (!isChanged(node)) await postgres?.saveAsTemplate(context);
  }

  /** Runs the migrations on another database of PostgreSQL. @throws NodeFailure when they fail */
  async migrateInto(database: string, signal: AbortSignal): Promise<void> {
    const { plan, programOf, secrets } = this.#options;
    const node = plan.nodes.find(({ name }) => name === 'migrate');
    if (!node) throw new Error('the stack has no migrations');
    const url = new URL(this.#adminUrl());
    url.pathname = `/${database}`;
    const environment = withOverrides(node, {
      ADMIN_DATABASE_URL: url.href,
      SERVICE_PASSWORDS: JSON.stringify(secrets.rolePasswords),
    });
    signal.throwIfAborted();
    const program = programOf(node.name);
    await runJob(
      { ...this.#common({ ...node, name: 'migrate-other' }), program, environment },
      { started: () => undefined },
    );
  }

  async #startService(
    node: StackNode,
    context: StartContext,
    further?: { url: string; socket: ListeningSocket },
  ): Promise<void> {
    const { scope, stack, secrets, sockets, servers } = this.#options;
    const service = node.replicaOf ?? node.name;
    const program = this.#options.programOf(service);
    const environment = withOverrides(
      node,
      serviceEnvironment({
        service,
        serviceUrls: this.#serviceUrls,
        listen: node.port === undefined ? { descriptor: socketDescriptor } : { port: node.port },
        databaseUrl: this.#databaseUrl(service),
        redisUrl: this.#has('redis') ? this.#redis.serviceUrl : undefined,
        secrets,
        temporaryFolder: scope.folder.tmp,
        servers,
      }),
    );
    await startService(
      {
        ...this.#common(node),
        program,
        environment,
        url: further?.url ?? this.#serviceUrls[node.name] ?? this.#replicaUrls[node.name] ?? '',
        socket: further?.socket ?? (node.port === undefined ? sockets.get(node.name) : undefined),
        running: (child) =>
          stack.add(node.name, {
            ...stoppedBySigterm(child),
            ...(further ? {} : { restart: this.#restartOf(node, child) }),
          }),
      },
      context,
    );
  }

  /**
   * A restarted service opens its port itself: until it listens, connections are refused, as after a restart in
   * a deployment. An inherited socket would let them wait.
   */
  #restartOf(node: StackNode, child: ManagedProcess): NodeRestart {
    const port = node.port ?? this.#options.sockets.get(node.name)?.port;
    return {
      stop: ({ graceMs, signal }) => child.stop({ signal: signal ?? 'SIGTERM', graceMs }),
      start: (context) =>
        this.#startService(
          { ...node, ...(port === undefined ? {} : { port }) },
          { ...context, started: () => undefined },
        ),
    };
  }

  #common(node: StackNode) {
    const { scope, stack, packageRoot } = this.#options;
    return {
      scope,
      node,
      cwd: packageRoot,
      running: (child: ManagedProcess) => stack.add(node.name, stoppedBySigterm(child)),
    };
  }
}

function stoppedBySigterm(child: ManagedProcess): RunningNode {
  return {
    process: () => child,
    async stop({ graceMs }) {
      await child.stop({ signal: 'SIGTERM', graceMs });
    },
  };
}

/** Whether a fault or an option changes how the runtime runs the node. */
function isChanged(node: StackNode): boolean {
  return (
    Object.keys(node.env).length > 0 ||
    (node.execArgv?.length ?? 0) > 0 ||
    node.rewriteEnvironment !== undefined
  );
}
