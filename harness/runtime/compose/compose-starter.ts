import type { StackAddresses } from '../../engine/stack.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { StartContext } from '../boot/boot-graph.ts';
import { NodeFailure } from '../boot/node-failure.ts';
import { waitUntilReady } from '../boot/readiness-probe.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { describeExit } from '../process/managed-process.ts';
import { describePortHolder } from '../process/port-holder.ts';
import { raceExit } from '../process/race-exit.ts';
import type { StackNode, StackPlan } from '../runtime.ts';
import type { RunSecrets } from '../stack/run-secrets.ts';
import type { RunningStack } from '../stack/running-stack.ts';
import { ContainerNode } from '../testcontainers/container-node.ts';
import { type Engine, publishedHost as host } from '../testcontainers/engine.ts';
import type { Forwarder } from '../testcontainers/forwarder.ts';
import { joinRelay } from '../testcontainers/join-relay.ts';
import { contractPort, publishedAddresses, publishedUrl } from '../testcontainers/published-addresses.ts';
import { addressReaders, relayPort } from '../testcontainers/start-relay.ts';
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
  platformImage: string;
  /** Listener of each service, for the harness and for people; absent where the service's fixed port is taken. */
  forwarders: ReadonlyMap<string, Forwarder>;
  /** Aborts when the stack is being stopped. */
  closed: AbortSignal;
}

interface Started {
  id: string;
  running: ContainerNode;
  /** The port of this machine that leads to a port of the container. */
  published: ReadonlyMap<number, number>;
}

/** Starts the containers that Docker Compose has created, each when its edges hold. */
export class ComposeStarter {
  readonly #options: ComposeStarterOptions;
  readonly #storePorts = new Map<string, number>();
  /** Containers that listen, with their ports, by node. */
  readonly running = new Map<string, { container: ContainerNode; ports: readonly number[] }>();

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
    return publishedAddresses({
      plan,
      secrets,
      portOf: (node) => (node.kind === 'service' ? this.#portOf(node) : this.#storePorts.get(node.name)),
    });
  }

  async #startStore(node: StackNode, context: StartContext): Promise<void> {
    const { secrets } = this.#options;
    const wait = { postgres: waitForPostgres, redis: waitForRedis }[node.name];
    const password = { postgres: secrets.postgresPassword, redis: secrets.redisPassword }[node.name];
    if (!wait || password === undefined)
      throw new ReadinessError('stack-plan-invalid', `The compose runtime has no store "${node.name}".`, {
        hint: 'Its stores are "postgres" and "redis".',
      });
    const { running, published } = await this.#start(node, context);
    const port = published.get(innerPort(node)) ?? 0;
    if (node.name === 'redis') context.started();
    await wait(running, { getMappedPort: () => port }, password, context);
    this.#storePorts.set(node.name, port);
    this.running.set(node.name, { container: running, ports: [innerPort(node)] });
  }

  async #runJob(node: StackNode, context: StartContext): Promise<void> {
    const { running } = await this.#start(node, context);
    context.started();
    const exit = await running.exited;
    if (exit.code === 0) return;
    throw new NodeFailure('exited', 'product', `${describeExit(exit)} before it was completed`);
  }

  async #startService(node: StackNode, context: StartContext): Promise<void> {
    const forwarder = this.#options.forwarders.get(node.name);
    if (!forwarder) throw new NodeFailure('port-taken', 'product', await describePortHolder(node.port ?? 0));
    const { id, running, published } = await this.#start(node, context);
    const port = innerPort(node);
    const relayed = addressReaders.has(node.name);
    const introduction = relayed ? await this.#joinRelay(node, id, running) : undefined;
    forwarder.forwardTo({
      host,
      port: published.get(relayed ? relayPort : port) ?? 0,
      ...(introduction ? { introduction } : {}),
    });
    this.running.set(node.name, { container: running, ports: relayed ? [port, relayPort] : [port] });
    void running.exited.then(() => forwarder.close());
    context.started();
    await raceExit({
      process: running,
      signal: context.signal,
      work: (signal) =>
        waitUntilReady({
          url: publishedUrl(this.#portOf(node)),
          service: node.name,
          signal,
          probed: context.probed,
        }),
      onExit: (exit) => new NodeFailure('exited', 'product', `${describeExit(exit)} before it was ready`),
    });
  }

  /** @throws NodeFailure when the container has exited, or its relay cannot start */
  async #joinRelay(node: StackNode, container: string, running: ContainerNode) {
    const { engine, scope, platformImage } = this.#options;
    const log = scope.log(`relay-${node.name}`);
    try {
      return await joinRelay({ engine, image: platformImage, container, port: innerPort(node), log });
    } catch (error) {
      if (running.exit)
        throw new NodeFailure('exited', 'product', `${describeExit(running.exit)} before it was ready`);
      throw new NodeFailure(
        'spawn',
        'harness',
        `its relay could not be started: ${(error as Error).message}`,
      );
    }
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
    const { NetworkSettings } = await container.inspect();
    const published = new Map(
      Object.entries(NetworkSettings.Ports).flatMap(([inner, bindings]) => {
        const outer = bindings?.[0]?.HostPort;
        return outer === undefined ? [] : [[Number.parseInt(inner, 10), Number(outer)] as const];
      }),
    );
    if (node.kind === 'job' || published.has(innerPort(node))) return { id, running, published };
    // A container that has exited has no ports.
    const exit = await running.exited;
    const by = node.kind === 'store' ? 'harness' : 'product';
    throw new NodeFailure('exited', by, `${describeExit(exit)} before it was ready`);
  }

  /** The port of this machine that leads to a service. */
  #portOf(node: StackNode): number | undefined {
    return this.#options.forwarders.get(node.name)?.port ?? node.port;
  }
}

/** The ports of a node's container that the harness uses. */
export function innerPorts(node: StackNode): readonly number[] {
  if (node.kind === 'job') return [];
  return [innerPort(node), ...(addressReaders.has(node.name) ? [relayPort] : [])];
}

/** The port on which a node listens inside of its container. */
function innerPort(node: StackNode): number {
  if (node.kind === 'store') return node.name === 'redis' ? redisPort : postgresPort;
  return contractPort(node.name);
}
