import { type HarnessServers, serversAt } from '../stack/harness-servers.ts';
import type { Engine } from './engine.ts';
import { openForwarder } from './forwarder.ts';

export interface RunNetwork {
  readonly name: string;
  /** The harness's servers, as containers of the network reach them. */
  readonly servers: HarnessServers;
}

/**
 * Creates the network of a run. Its containers reach each other by name, and the harness's servers at the network's
 * gateway, which is an address of this machine.
 */
export async function openRunNetwork(options: {
  engine: Engine;
  name: string;
  /** Options of the engine's bridge driver. */
  driverOptions?: Readonly<Record<string, string>>;
  /** The harness's servers on this machine. */
  servers: HarnessServers;
  cleanup: AsyncDisposableStack;
}): Promise<RunNetwork> {
  const { engine, name, servers, cleanup } = options;
  const network = await engine.docker.createNetwork({
    Name: name,
    CheckDuplicate: true,
    Driver: 'bridge',
    ...(options.driverOptions ? { Options: { ...options.driverOptions } } : {}),
    Labels: { ...engine.labels },
  });
  const { IPAM } = (await network.inspect()) as { IPAM?: { Config?: { Gateway?: string }[] } };
  const gateway = IPAM?.Config?.[0]?.Gateway;
  const reach = async (port: number): Promise<string> => {
    try {
      const forwarder = cleanup.use(await openForwarder(gateway ?? ''));
      forwarder.forwardTo({ host: '127.0.0.1', port });
      return `${gateway}:${forwarder.port}`;
    } catch {
      // The engine runs in a virtual machine, as on macOS; there this name leads to the loopback interface.
      return `host.docker.internal:${port}`;
    }
  };
  return { name, servers: await serversAt(servers, reach) };
}
