import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface ForwardTarget {
  host: string;
  port: number;
  /** What is sent first on each connection, for the IPv4 address of its client. */
  introduction?(address: string): string;
}

/** A listener whose connections go on to an address that may be set later. */
export interface Forwarder extends AsyncDisposable {
  readonly port: number;
  /** Connections before that are closed. */
  forwardTo(target: ForwardTarget): void;
  /** Stops listening: connections are refused. */
  close(): void;
  /** Listens on its port again. @throws Error with code `EADDRINUSE` when the port was taken meanwhile */
  reopen(): Promise<void>;
}

/**
 * Listens on a port of the given interface; default: a free one. An address is known before its container starts, and
 * the harness's own listeners can be reached from a network of containers.
 * @throws Error with code `EADDRINUSE` when the port is taken
 */
export async function openForwarder(host: string, port = 0): Promise<Forwarder> {
  let target: ForwardTarget | undefined;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    // An address is unknown when the client has gone already.
    if (!target || incoming.remoteAddress === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ host: target.host, port: target.port, allowHalfOpen: true });
    if (target.introduction) outgoing.write(target.introduction(incoming.remoteAddress));
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
  server.listen(port, host);
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    port: ownPort,
    forwardTo(address) {
      target = address;
    },
    close() {
      server.close();
    },
    async reopen() {
      if (server.listening) return;
      server.listen(ownPort, host);
      await once(server, 'listening');
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
