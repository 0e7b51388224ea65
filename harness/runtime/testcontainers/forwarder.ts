import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A listener whose connections go on to an address that may be set later. */
export interface Forwarder extends AsyncDisposable {
  readonly port: number;
  /** Connections before that are closed. */
  forwardTo(target: { host: string; port: number }): void;
  /** Stops listening: connections are refused. */
  close(): void;
}

/**
 * Listens on a free port of the given interface. An address is known before its container starts, and the harness's
 * own listeners can be reached from a network of containers.
 */
export async function openForwarder(host: string): Promise<Forwarder> {
  let target: { host: string; port: number } | undefined;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    if (!target) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ ...target, allowHalfOpen: true });
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => sockets.delete(socket));
      socket.pipe(other);
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    forwardTo(address) {
      target = address;
    },
    close() {
      server.close();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
