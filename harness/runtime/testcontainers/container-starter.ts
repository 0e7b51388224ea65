import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import type { StackAddresses } from '../../engine/stack.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { StartContext } from '../boot/boot-graph.ts';
import { withOverrides } from '../boot/node-environment.ts';
import { NodeFailure } from '../boot/node-failure.ts';
import { waitUntilReady } from '../boot/readiness-probe.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { describeExit } from '../process/managed-process.ts';
import { describePortHolder } from '../process/port-holder.ts';
import { raceExit } from '../process/race-exit.ts';
import type { StackNode, StackPlan } from '../runtime.ts';
import type { HarnessServers } from '../stack/harness-servers.ts';
import type { RunSecrets } from '../stack/run-secrets.ts';
import type { RunningStack } from '../stack/running-stack.ts';
import { serviceEnvironment } from '../stack/service-environment.ts';
import { adminRole } from '../stores/postgres/settings.ts';
import type { ContainerNode } from './container-node.ts';
import { type Engine, publishedHost } from './engine.ts';
import type { Forwarder } from './forwarder.ts';
import type { StoreImages } from './images.ts';
import {
  contractPort,
  databaseUrl,
  publishedAddresses,
  publishedUrl,
  serviceDatabaseUrl,
} from './published-addresses.ts';
import { startContainer } from './start-container.ts';
import { type Relay, relayPort } from './start-relay.ts';
import {
  postgresContainer,
  postgresPort,
  redisContainer,
  redisPort,
  waitForPostgres,
  waitForRedis,
} from './start-stores.ts';

export interface ContainerStarterOptions {
  plan: StackPlan;
  engine: Engine;
  scope: RunScope;
  stack: RunningStack;
  network: string;
  images: StoreImages & { platform: string };
  secrets: RunSecrets;
  /** Listener of each service, for the harness and for people; absent where the service's fixed port is taken. */
  forwarders: ReadonlyMap<string, Forwarder>;
  /** Owners of the networks of services that tell their clients apart, by service. */
  relays: ReadonlyMap<string, Promise<Relay>>;
  /** The harness's servers, as containers reach them. */
  servers: HarnessServers;
  /** Aborts when the stack is being stopped. */
  closed: AbortSignal;
}

/** The image's folder for stored files. The file system in memory would be empty after a restart. */
const filesFolder = '/var/lib/pyairtable/files';

/** Starts each kind of node in a container, and provides the addresses of the started ones. */
export class ContainerStarter {
  readonly #options: ContainerStarterOptions;
  /** Stores that are ready. */
  readonly #stores = new Set<string>();
  /** Containers of stores and services that are ready, with the ports on which they listen. */
  readonly running = new Map<string, { container: ContainerNode; ports: readonly number[] }>();

  constructor(options: ContainerStarterOptions) {
    this.#options = options;
  }

  /** Starts a node; see `BootGraphOptions.start`. */
  async start(node: StackNode, context: StartContext): Promise<void> {
    if (node.kind === 'service') return this.#startService(node, context);
    if (node.kind === 'job') return this.#runJob(node, context);
    if (node.name === 'postgres') return this.#startPostgres(node, context);
    if (node.name === 'redis') return this.#startRedis(node, context);
    throw new ReadinessError('stack-plan-invalid', `The container runtime has no store "${node.name}".`, {
      hint: 'Its stores are "postgres" and "redis".',
    });
  }

  /** Addresses of all services, and of the stores that are ready, as the harness reaches them. */
  addresses(): StackAddresses {
    const { plan, secrets } = this.#options;
    return publishedAddresses({
      plan,
      secrets,
      portOf: (node) =>
        node.kind === 'service' || this.#stores.has(node.name) ? this.#portOf(node) : undefined,
    });
  }

  async #startPostgres(node: StackNode, context: StartContext): Promise<void> {
    const { images, secrets } = this.#options;
    const container = postgresContainer(images.postgres, secrets.postgresPassword);
    const { running } = await this.#start(node, container, context);
    const ready = (current: ContainerNode, probe: Pick<StartContext, 'signal' | 'probed'>) =>
      waitForPostgres(current, this.#published(node.name), secrets.postgresPassword, probe);
    await this.#forwardStore(node.name, running, postgresPort);
    await ready(running, context);
    this.#mayRestart(node, running, { port: postgresPort, ready });
    this.running.set(node.name, { container: running, ports: [postgresPort] });
    this.#stores.add(node.name);
  }

  async #startRedis(node: StackNode, context: StartContext): Promise<void> {
    const { images, secrets } = this.#options;
    const container = redisContainer(images.redis, secrets.redisPassword);
    const { running } = await this.#start(node, container, context);
    context.started();
    const ready = (current: ContainerNode, probe: Pick<StartContext, 'signal' | 'probed'>) =>
      waitForRedis(current, this.#published(node.name), secrets.redisPassword, probe);
    await this.#forwardStore(node.name, running, redisPort);
    await ready(running, context);
    this.#mayRestart(node, running, { port: redisPort, ready });
    this.running.set(node.name, { container: running, ports: [redisPort] });
    this.#stores.add(node.name);
  }

  async #runJob(node: StackNode, context: StartContext): Promise<void> {
    const { secrets } = this.#options;
    const container = this.#programContainer(node, {
      ADMIN_DATABASE_URL: databaseUrl(`postgres:${postgresPort}`, adminRole, secrets.postgresPassword),
      SERVICE_PASSWORDS: JSON.stringify(secrets.rolePasswords),
    });
    const { running } = await this.#start(node, container, context, { mayExit: true });
    context.started();
    const exit = await running.exited;
    if (exit.code === 0) return;
    throw new NodeFailure('exited', 'product', `${describeExit(exit)} before it was completed`);
  }

  async #startService(node: StackNode, context: StartContext): Promise<void> {
    const forwarder = this.#options.forwarders.get(node.name);
    if (!forwarder) throw new NodeFailure('port-taken', 'product', await describePortHolder(node.port ?? 0));
    const port = contractPort(node.name);
    const container = this.#programContainer(node, this.#serviceEnvironment(node, port));
    const relay = await this.#relayOf(node);
    const network = relay?.networkMode;
    if (!relay) container.withExposedPorts(port);
    const { running, started } = await this.#start(node, container, context, network ? { network } : {});
    forwarder.forwardTo(
      relay ? relay.target(port) : { host: publishedHost, port: started.getMappedPort(port) },
    );
    void running.exited.then(() => forwarder.close());
    context.started();
    const ready = (current: ContainerNode, probe: Pick<StartContext, 'signal' | 'probed'>) =>
      raceExit({
        process: current,
        signal: probe.signal,
        work: (signal) =>
          waitUntilReady({
            url: publishedUrl(this.#portOf(node)),
            service: node.name,
            signal,
            probed: probe.probed,
          }),
        onExit: (exit) => new NodeFailure('exited', 'product', `${describeExit(exit)} before it was ready`),
      });
    await ready(running, context);
    this.#mayRestart(node, running, { port: relay ? undefined : port, ready });
    this.running.set(node.name, { container: running, ports: relay ? [port, relayPort] : [port] });
  }

  async #forwardStore(store: string, running: ContainerNode, port: number): Promise<void> {
    const target = { host: publishedHost, port: await running.publishedPort(port) };
    this.#options.forwarders.get(store)?.forwardTo(target);
    void running.exited.then(() => this.#options.forwarders.get(store)?.close());
  }

  /** A store's address for the harness: that of its forwarder, which a restart does not change. */
  #published(store: string): { getMappedPort(): number } {
    return { getMappedPort: () => this.#options.forwarders.get(store)?.port ?? 0 };
  }

  /**
   * Registers how the container is started again: the engine keeps it with its configuration and volumes.
   * @param how.port published port, which may be another one afterwards; undefined behind a relay
   */
  #mayRestart(
    node: StackNode,
    running: ContainerNode,
    how: {
      port: number | undefined;
      ready(current: ContainerNode, probe: Pick<StartContext, 'signal' | 'probed'>): Promise<void>;
    },
  ): void {
    const { stack, forwarders } = this.#options;
    stack.add(node.name, {
      process: () => running,
      stop: (stopOptions) => running.stop(stopOptions),
      restart: {
        stop: (endOptions) => running.end(endOptions),
        start: async (probe) => {
          const next = await running.startAgain();
          this.#mayRestart(node, next, how);
          const forwarder = forwarders.get(node.name);
          if (how.port !== undefined)
            forwarder?.forwardTo({ host: publishedHost, port: await next.publishedPort(how.port) });
          await forwarder?.reopen();
          void next.exited.then(() => forwarder?.close());
          await how.ready(next, probe);
        },
      },
    });
  }

  async #relayOf(node: StackNode): Promise<Relay | undefined> {
    try {
      return await this.#options.relays.get(node.name);
    } catch (error) {
      throw new NodeFailure(
        'spawn',
        'harness',
        `its relay could not be started: ${(error as Error).message}`,
      );
    }
  }

  #serviceEnvironment(node: StackNode, port: number): Record<string, string> {
    const { plan, secrets, servers } = this.#options;
    const services = plan.nodes.filter(({ kind }) => kind === 'service');
    const frontend = services.find(({ name }) => name === 'frontend');
    return {
      ...serviceEnvironment({
        service: node.name,
        serviceUrls: Object.fromEntries(
          services.map(({ name }) => [name, `http://${name}:${contractPort(name)}`]),
        ),
        listen: { port },
        databaseUrl: this.#has('postgres')
          ? serviceDatabaseUrl(node.name, `postgres:${postgresPort}`, secrets)
          : undefined,
        redisUrl: this.#has('redis')
          ? `redis://default:${secrets.redisPassword}@redis:${redisPort}/0`
          : undefined,
        secrets,
        temporaryFolder: '/tmp',
        servers,
      }),
      HOST: '0.0.0.0',
      ...(node.name === 'file-service' ? { FILE_STORAGE_DIR: filesFolder } : {}),
      // Browsers know the frontend by its address outside of the network.
      ...(node.name === 'gateway' && frontend ? { CORS_ORIGINS: publishedUrl(this.#portOf(frontend)) } : {}),
      ...(node.name === 'platform-services' && frontend
        ? { PUBLIC_URL: publishedUrl(this.#portOf(frontend)) }
        : {}),
    };
  }

  /** A container of the platform's image. */
  #programContainer(node: StackNode, environment: Record<string, string>): GenericContainer {
    return new GenericContainer(this.#options.images.platform)
      .withEnvironment(withOverrides(node, environment))
      .withCommand(['node', ...(node.execArgv ?? []), `${node.name}.mjs`])
      .withTmpFs({ '/tmp': 'rw,mode=1777' });
  }

  /** Starts a container and follows it. @throws NodeFailure when it cannot start, or exits first */
  async #start(
    node: StackNode,
    container: GenericContainer,
    context: StartContext,
    options: { mayExit?: boolean; network?: Relay['networkMode'] } = {},
  ): Promise<{ running: ContainerNode; started: StartedTestContainer }> {
    const { engine, scope, stack, network, closed } = this.#options;
    const by = node.kind === 'store' ? 'harness' : 'product';
    const created = Promise.withResolvers<ContainerNode>();
    const starting = startContainer({
      engine,
      container,
      network: options.network ?? { name: network, alias: node.name },
      log: scope.log(node.name),
      restricted: node.kind !== 'store',
      storage: node.name === 'file-service' ? filesFolder : undefined,
      created: (running) => {
        stack.add(node.name, {
          process: () => running,
          stop: (stopOptions) => running.stop(stopOptions),
        });
        created.resolve(running);
        closed.throwIfAborted();
        context.signal.throwIfAborted();
      },
    });
    // The engine reports a container whose program has exited as one without ports, 10 s later.
    const exited = created.promise.then(async (running): Promise<never> => {
      const exit = await running.exited;
      if (options.mayExit && exit.code === 0) return new Promise<never>(() => {});
      throw new NodeFailure(
        'exited',
        by,
        `${describeExit(exit)} before it was ${node.kind === 'job' ? 'completed' : 'ready'}`,
      );
    });
    exited.catch(() => undefined);
    starting.catch(() => undefined);
    try {
      const started = await Promise.race([starting, exited]);
      return { running: await created.promise, started };
    } catch (error) {
      if (error instanceof NodeFailure || context.signal.aborted) throw error;
      throw new NodeFailure('spawn', 'harness', `could not be started: ${(error as Error).message}`);
    }
  }

  #has(store: string): boolean {
    return this.#options.plan.nodes.some(({ kind, name }) => kind === 'store' && name === store);
  }

  /** The port of this machine that leads to a node. */
  #portOf(node: StackNode): number | undefined {
    return node.port ?? this.#options.forwarders.get(node.name)?.port;
  }
}
