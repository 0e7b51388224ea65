import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** Connections the kernel holds for a service that is still starting. */
const backlog = 511;

/** A listening socket made here and handed to a process, so that its port is known before the process runs. */
export interface ListeningSocket {
  readonly port: number;
  readonly server: Server;
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
  return {
    port: (server.address() as AddressInfo).port,
    server,
    close() {
      if (server.listening) server.close();
    },
  };
}
