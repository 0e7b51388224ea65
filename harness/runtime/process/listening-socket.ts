import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ReadinessError } from '../../errors/readiness-error.ts';

/** Maximum number of connections that the kernel queues for a service that is still starting. */
const backlog = 511;

/** A listening socket for a process to inherit: its port is known before the process runs. */
export interface ListeningSocket {
  readonly port: number;
  /** Its file descriptor in this process. */
  readonly descriptor: number;
  /** Closes this process's copy; safe to call twice. */
  close(): void;
}

/**
 * Listens on a free port of 127.0.0.1. Until a process has inherited the socket and it is closed here, connections
 * are dropped.
 */
export async function openListeningSocket(): Promise<ListeningSocket> {
  const server = createServer((connection) => connection.destroy());
  server.listen({ host: '127.0.0.1', port: 0, backlog });
  await once(server, 'listening');
  // Node has no public API for the descriptor of a listening socket.
  const descriptor = (server as { _handle?: { fd?: number } })._handle?.fd;
  if (descriptor === undefined || descriptor < 0) {
    throw new ReadinessError(
      'socket-handover-unsupported',
      'Listening sockets cannot be passed to services on this machine.',
    );
  }
  return {
    port: (server.address() as AddressInfo).port,
    descriptor,
    close() {
      if (server.listening) server.close();
    },
  };
}
