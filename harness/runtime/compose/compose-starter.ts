import { catalogue } from '../../../platform/contracts/catalogue.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { StackAddresses } from '../../engine/stack.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { StartContext } from '../boot/boot-graph.ts';
import { NodeFailure } from '../boot/node-failure.ts';
import { waitUntilReady } from '../boot/readiness-probe.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { describeExit } from '../process/managed-process.ts';
import { raceExit } from '../process/race-exit.ts';
import type { StackNode, StackPlan } from '../runtime.ts';
import type { RunSecrets } from '../stack/run-secrets.ts';
import type { RunningStack } from '../stack/running-stack.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import { adminRole, databaseName } from '../stores/postgres/settings.ts';
import { ContainerNode } from '../testcontainers/container-node.ts';
import { type Engine, publishedHost as host } from '../testcontainers/engine.ts';
import type { Forwarder } from '../testcontainers/forwarder.ts';
import { postgresPort, redisPort, waitForPostgres, waitForRedis } from '../testcontainers/start-stores.ts';

export interface ComposeStarterOptions {
  plan: StackPlan;
  engine: Engine;
  scope: RunScope;
  stack: RunningStack;
  /** Container of each node. */
  containers: ReadonlyMap<string, string>;
  /** Network whose containers have published ports. */
  publishing: string;
  secrets: RunSecrets;
  /** Listener of each service without a fixed port, for the harness. */
  forwarders: ReadonlyMap<string, Forwarder>;
  /** Aborts when the stack is being stopped. */
  closed: AbortSignal;
}

interface Started {
  running: ContainerNode;
  /** The port of this machine that leads to the node; undefined for jobs. */
  port: number | undefined;
}

/** Starts the containers that Docker Compose has created, each when its edges hold. */
export class ComposeStarter {
  readonly #options: ComposeStarterOptions;
  readonly #storePorts = new Map<string, number>();

  constructor(options: ComposeStarterOptions) {
    this.#options = options;
  }

  /** Starts a node; see `BootGraphOptions.start`. */
  async start(node: StackNode, context: StartContext): Promise<void> {
    if (node.kind === 'service') return this.#startService(node, context);
    if (node.kind === 'job') return this.#runJob(node, context);
    return this.#startStore(node, context);
  }

  /** Addresses of all services, and of the stores that are ready, as the harness reaches them. */
  addresses(): StackAddresses {
    const { plan, secrets } = this.#options;
    const services = plan.nodes.filter(({ kind }) => kind === 'service');
    const postgres = this.#storePorts.get('postgres');
    const redis = this.#storePorts.get('redis');
    const databaseUrl = (role: string, password: string) =>
      `postgresql://${role}:${password}@${host}:${postgres}/${databaseName}`;
    return {
      services: Object.fromEntries(services.map((node) => [node.name, this.#outerUrl(node)])) as Record<
        ServiceName,
        string
      >,
      ...(postgres === undefined
        ? {}
        : {
            postgres: {
              adminUrl: databaseUrl(adminRole, secrets.postgresPassword),
              serviceUrls: Object.fromEntries(
                Object.entries(databaseRoles).map(([service, role]) => [
                  service,
                  databaseUrl(role, secrets.rolePasswords[role] ?? ''),
                ]),
              ),
            },
          }),
      ...(redis === undefined
        ? {}
        : { redis: { url: `redis://default:${secrets.redisPassword}@${host}:${redis}/0` } }),
    };
  }

  async #startStore(node: StackNode, context: StartContext): Promise<void> {
    const { secrets } = this.#options;
    const wait = { postgres: waitForPostgres, redis: waitForRedis }[node.name];
    const password = { postgres: secrets.postgresPassword, redis: secrets.redisPassword }[node.name];
    if (!wait || password === undefined)
      throw new ReadinessError('stack-plan-invalid', `The compose runtime has no store "${node.name}".`, {
        hint: 'Its stores are "postgres" and "redis".',
      });
    const { running, port = 0 } = await this.#start(node, context);
    if (node.name === 'redis') context.started();
    await wait(running, { getMappedPort: () => port }, password, context);
    this.#storePorts.set(node.name, port);
  }

  async #runJob(node: StackNode, context: StartContext): Promise<void> {
    const { running } = await this.#start(node, context);
    context.started();
    const exit = await running.exited;
    if (exit.code === 0) return;
    throw new NodeFailure('exited', 'product', `${describeExit(exit)} before it was completed`);
  }

  async #startService(node: StackNode, context: StartContext): Promise<void> {
    const { running, port = 0 } = await this.#start(node, context);
    const forwarder = this.#options.forwarders.get(node.name);
    forwarder?.forwardTo({ host, port });
    void running.exited.then(() => forwarder?.close());
    context.started();
    await raceExit({
      process: running,
      signal: context.signal,
      work: (signal) =>
        waitUntilReady({ url: this.#outerUrl(node), service: node.name, signal, probed: context.probed }),
      onExit: (exit) => new NodeFailure('exited', 'product', `${describeExit(exit)} before it was ready`),
    });
  }

  /** Starts the container and follows it. @throws NodeFailure when it cannot start, or exits first */
  async #start(node: StackNode, context: StartContext): Promise<Started> {
    const { engine, scope, stack, containers, publishing, closed } = this.#options;
    const id = containers.get(node.name);
    if (id === undefined)
      throw new NodeFailure('spawn', 'harness', 'Docker Compose created no container of it');
    const running = await ContainerNode.attach(engine.docker, id, scope.log(node.name));
    stack.add(node.name, {
      process: () => running,
      stop: (stopOptions) => running.stop(stopOptions),
    });
    closed.throwIfAborted();
    context.signal.throwIfAborted();
    const container = engine.docker.getContainer(id);
    try {
      // After its creation and without a name: the platform's names must lead to the networks of the compose file.
      if (node.kind !== 'job') await engine.docker.getNetwork(publishing).connect({ Container: id });
      await container.start();
    } catch (error) {
      context.signal.throwIfAborted();
      throw new NodeFailure('spawn', 'harness', `could not be started: ${(error as Error).message}`);
    }
    if (node.kind === 'job') return { running, port: undefined };
    const { NetworkSettings } = await container.inspect();
    const published = NetworkSettings.Ports[`${innerPort(node)}/tcp`]?.[0]?.HostPort;
    if (published !== undefined) return { running, port: Number(published) };
    // A container that has exited has no ports.
    const exit = await running.exited;
    const by = node.kind === 'store' ? 'harness' : 'product';
    throw new NodeFailure('exited', by, `${describeExit(exit)} before it was ready`);
  }

  /** Base URL of a service outside of its networks. */
  #outerUrl(node: StackNode): string {
    return `http://${host}:${node.port ?? this.#options.forwarders.get(node.name)?.port}`;
  }
}

/** The port on which a node listens inside of its container. */
export function innerPort(node: StackNode): number {
  if (node.kind === 'store') return node.name === 'redis' ? redisPort : postgresPort;
  return catalogue.find(({ name }) => name === node.name)?.port ?? 8080;
}
