import type { NodeLog } from '../logs/node-log.ts';
import { ContainerNode } from './container-node.ts';
import type { Engine } from './engine.ts';
import { relayProgram } from './start-relay.ts';

/**
 * Starts a relay in the network of a running container whose port `relayPort` is published. It ends with that network.
 * @returns the first line of each connection, for the address of its client
 */
export async function joinRelay(options: {
  engine: Engine;
  /** Any image with Node. */
  image: string;
  /** Id of the running container. */
  container: string;
  /** Port of its service. */
  port: number;
  log: NodeLog;
}): Promise<(address: string) => string> {
  const { docker, labels } = options.engine;
  const { command, environment, introduction } = await relayProgram();
  const relay = await docker.createContainer({
    Image: options.image,
    Cmd: command,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: `container:${options.container}`,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
    },
  });
  await ContainerNode.attach(docker, relay.id, options.log);
  await relay.start();
  return (address) => introduction(address, options.port);
}
