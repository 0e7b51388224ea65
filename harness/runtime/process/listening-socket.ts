import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ReadinessError } from '../../errors/readiness-error.ts';

/** Connections the kernel holds for a service that is still starting. */
const backlog = 511;

/** A listening socket made here and handed to a process, so that its port is known before the process runs. */
export interface ListeningSocket {
  readonly port: number;
  /** Number of its file descriptor here. */
  readonly descriptor: number;
  /** Closes this process's copy; safe to call twice. */
  close(): void;
}

/**
 * Listens on a free port of 127.0.0.1. Until the socket is handed over and closed here, a connection is dropped:
 * nothing answers before the service does.
 */
export async function openListeningSocket(): Promise<ListeningSocket> {
  const server = createServer((connection) => connection.destroy());
  server.listen({ host: '127.0.0.1', port: 0, backlog });
  await once(server, 'listening');
  // Node has no public way to the descriptor of a listening socket.
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
