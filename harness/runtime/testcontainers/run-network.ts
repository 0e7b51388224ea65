import type { Engine } from './engine.ts';
import { openForwarder } from './forwarder.ts';

export interface RunNetwork {
  readonly name: string;
  /** Base URL of the run's OTLP receiver for containers of the network; undefined without a receiver. */
  readonly telemetryEndpoint: string | undefined;
}

/**
 * Creates the network of a run. Its containers reach each other by name, and the harness's receiver at the network's
 * gateway, which is an address of this machine.
 */
export async function openRunNetwork(options: {
  engine: Engine;
  name: string;
  /** Options of the engine's bridge driver. */
  driverOptions?: Readonly<Record<string, string>>;
  /** Base URL of the receiver on this machine. */
  telemetryEndpoint: string | undefined;
  cleanup: AsyncDisposableStack;
}): Promise<RunNetwork> {
  const { engine, name, telemetryEndpoint, cleanup } = options;
  const network = await engine.docker.createNetwork({
    Name: name,
    CheckDuplicate: true,
    Driver: 'bridge',
    ...(options.driverOptions ? { Options: { ...options.driverOptions } } : {}),
    Labels: { ...engine.labels },
  });
  if (telemetryEndpoint === undefined) return { name, telemetryEndpoint: undefined };
  const { IPAM } = (await network.inspect()) as { IPAM?: { Config?: { Gateway?: string }[] } };
  const gateway = IPAM?.Config?.[0]?.Gateway;
  const port = Number(new URL(telemetryEndpoint).port);
  try {
    const forwarder = cleanup.use(await openForwarder(gateway ?? ''));
    forwarder.forwardTo({ host: '127.0.0.1', port });
    return { name, telemetryEndpoint: `http://${gateway}:${forwarder.port}` };
  } catch {
    // The engine runs in a virtual machine, as on macOS; there this name leads to the loopback interface.
    return { name, telemetryEndpoint: `http://host.docker.internal:${port}` };
  }
}
