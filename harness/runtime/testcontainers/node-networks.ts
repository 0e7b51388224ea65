import { readFile } from 'node:fs/promises';
import type { NodeNetwork } from '../../engine/stack.ts';
import type { ContainerNode } from './container-node.ts';

/**
 * The networks of containers, for checks that read their sockets. Undefined where this machine's process table does not
 * have the containers' processes, e.g. when the engine runs in a virtual machine.
 */
export async function nodeNetworks(
  nodes: ReadonlyMap<string, { container: ContainerNode; ports: readonly number[] }>,
): Promise<Readonly<Record<string, NodeNetwork>> | undefined> {
  const networks = await Promise.all(
    [...nodes].map(async ([name, { container, ports }]) => {
      const pid = await container.processId();
      // A container that has exited has no sockets.
      if (pid === undefined) return [];
      const [expected = 0] = ports;
      return [[name, (await listens(pid, expected)) ? { pid, ports } : undefined] as const];
    }),
  );
  const known = networks.flat();
  if (known.length === 0 || known.some(([, network]) => network === undefined)) return undefined;
  return Object.fromEntries(known.flatMap(([name, network]) => (network ? [[name, network]] : [])));
}

/** Whether a socket listens on the port in the network of the process. */
async function listens(pid: number, port: number): Promise<boolean> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')),
  );
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .some((line) => {
      const [, address, , state] = line.trim().split(/\s+/);
      return state === '0A' && address?.endsWith(local) === true;
    });
}
