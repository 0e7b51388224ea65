import type { GenericContainer, StartedTestContainer, WaitStrategy } from 'testcontainers';
import type { NodeLog } from '../logs/node-log.ts';
import { ContainerNode } from './container-node.ts';
import type { Engine } from './engine.ts';

/** The harness waits by itself, by content and identity, and keeps the container of a failed node until its log is read. */
const noWait: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};

export interface ContainerStart {
  engine: Engine;
  /** The image with its command, environment and ports; the rest is added here. */
  container: GenericContainer;
  /** The run's network with the node's name in it, or another container's network: `container:<id>`. */
  network: { name: string; alias: string } | `container:${string}`;
  log: NodeLog;
  /** No root, no capabilities and a read-only root file system, as in a deployment. */
  restricted: boolean;
  /** A folder that outlives restarts of the container; the end of the run removes it. */
  storage?: string | undefined;
  /** Called with the container before its program starts. @throws to prevent the start */
  created(node: ContainerNode): void;
}

/** What Testcontainers offers to its subclasses only. */
interface Internals {
  hostConfig: {
    PortBindings?: Record<string, { HostPort: string; HostIp?: string }[]>;
    ReadonlyRootfs?: boolean;
    CapDrop?: string[];
    SecurityOpt?: string[];
  };
  createOpts: {
    Healthcheck?: { Test: string[] };
    Volumes?: Record<string, object>;
    NetworkingConfig?: { EndpointsConfig: Record<string, { Aliases: string[] }> };
  };
  beforeContainerCreated?(): Promise<void>;
  containerCreated?(id: string): Promise<void>;
}

/**
 * Starts a container in the run's network, with its ports on the loopback interface only. Resolves when the engine has
 * started it.
 */
export async function startContainer(start: ContainerStart): Promise<StartedTestContainer> {
  const { engine, container, network } = start;
  container
    .withLabels(engine.labels)
    .withNetworkMode(typeof network === 'string' ? network : network.name)
    .withWaitStrategy(noWait);
  const internals = container as unknown as Internals;
  internals.beforeContainerCreated = async () => {
    const { hostConfig, createOpts } = internals;
    for (const bindings of Object.values(hostConfig.PortBindings ?? {}))
      for (const binding of bindings) binding.HostIp = '127.0.0.1';
    if (start.restricted) {
      hostConfig.ReadonlyRootfs = true;
      hostConfig.CapDrop = ['ALL'];
      hostConfig.SecurityOpt = ['no-new-privileges'];
    }
    if (start.storage !== undefined) createOpts.Volumes = { [start.storage]: {} };
    // Every probe of the engine starts a process; the harness probes the node itself.
    createOpts.Healthcheck = { Test: ['NONE'] };
    if (typeof network === 'object')
      createOpts.NetworkingConfig = { EndpointsConfig: { [network.name]: { Aliases: [network.alias] } } };
  };
  internals.containerCreated = async (id) => {
    start.created(await ContainerNode.attach(engine.docker, id, start.log));
  };
  return await container.start();
}
