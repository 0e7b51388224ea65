import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { GenericContainer } from 'testcontainers';
import type { NodeLog } from '../logs/node-log.ts';
import { type Engine, publishedHost } from './engine.ts';
import type { ForwardTarget } from './forwarder.ts';
import { startContainer } from './start-container.ts';

const relayFile = fileURLToPath(new URL('./relay.mjs', import.meta.url));
/** The relay's port in the network that it owns. */
export const relayPort = 7_000;

/** A container that owns the network of a service's container. */
export interface Relay {
  /** Network mode of the service's container. */
  readonly networkMode: `container:${string}`;
  /** Where a forwarder connects to reach a port of the service, from the address of each client. */
  target(port: number): ForwardTarget;
}

/**
 * Starts a relay. The service's container joins its network and may be started again in it; the relay keeps the name
 * and the published port.
 */
export async function startRelay(options: {
  engine: Engine;
  /** Any image with Node. */
  image: string;
  /** The run's network, and the name of the service in it. */
  network: string;
  service: string;
  log: NodeLog;
  /** Aborts when the stack is being stopped. */
  closed: AbortSignal;
}): Promise<Relay> {
  const secret = randomBytes(24).toString('hex');
  const container = new GenericContainer(options.image)
    .withEnvironment({ RELAY_PORT: String(relayPort), RELAY_SECRET: secret })
    .withCommand(['node', '--input-type=module', '--eval', await readFile(relayFile, 'utf8')])
    .withExposedPorts(relayPort);
  const started = await startContainer({
    engine: options.engine,
    container,
    network: { name: options.network, alias: options.service },
    log: options.log,
    restricted: true,
    created: () => options.closed.throwIfAborted(),
  });
  return {
    networkMode: `container:${started.getId()}`,
    target: (port) => ({
      host: publishedHost,
      port: started.getMappedPort(relayPort),
      introduction: (address) => `${secret} ${address} ${port}\n`,
    }),
  };
}
