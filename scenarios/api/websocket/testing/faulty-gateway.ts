import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { SocketEvent } from '../../../../platform/contracts/gateway/socket-frames.ts';
import type { LiveEvent } from '../../../../platform/contracts/live-events/event-types.ts';
import { forwardRequest, tokenOf } from '../../../testing/forward-request.ts';

export interface SocketFaults {
  /** How often a client gets an event; default: once. */
  copies?(event: LiveEvent): number;
  /** Every client gets the events of all others too. */
  leaks?: boolean;
  /** Tickets work again. */
  ticketsStay?: boolean;
  /** The stats of a user count the connections of all. */
  countsAll?: boolean;
}

export interface FaultyGateway extends AsyncDisposable {
  readonly url: string;
  /** From now on it has these faults only. */
  fail(faults: SocketFaults): void;
}

const ticketPath = '/api/websocket/ticket';

/** Stands between the checks and the gateway and breaks what the gateway does with WebSockets. */
export async function startFaultyGateway(gateway: string): Promise<FaultyGateway> {
  const clients = new Set<WebSocket>();
  /** The access token by which a ticket was got. */
  const tickets = new Map<string, string | undefined>();
  const usedTickets = new Set<string>();
  let faults: SocketFaults = {};

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await forwardRequest(gateway, incoming);
    let sent = body;
    if (incoming.url === ticketPath && status === 201)
      tickets.set((JSON.parse(body.toString()) as { ticket: string }).ticket, tokenOf(incoming));
    if (incoming.url === '/api/websocket/stats' && faults.countsAll)
      sent = Buffer.from(
        JSON.stringify({ ...(JSON.parse(body.toString()) as object), connections: clients.size }),
      );
    response.writeHead(status, { ...headers, 'content-length': String(sent.length) }).end(sent);
  }

  async function targetOf(url: string): Promise<string> {
    const ticket = new URL(url, gateway).searchParams.get('ticket');
    if (ticket === null) return url;
    const isUsed = usedTickets.has(ticket);
    usedTickets.add(ticket);
    if (!isUsed || !faults.ticketsStay) return url;
    const headers = { authorization: `Bearer ${tickets.get(ticket)}` };
    const fresh = await fetch(gateway + ticketPath, { method: 'POST', headers });
    return `/ws?ticket=${((await fresh.json()) as { ticket: string }).ticket}`;
  }

  function deliver(client: WebSocket, text: string): void {
    const frame = JSON.parse(text) as SocketEvent;
    const copies = 'event' in frame ? (faults.copies?.(frame.event) ?? 1) : 1;
    const receivers = 'event' in frame && faults.leaks ? clients : [client];
    for (let copy = 0; copy < copies; copy += 1) for (const receiver of receivers) receiver.send(text);
  }

  const sockets = new WebSocketServer({ noServer: true });
  const upstreams = new Set<WebSocket>();

  async function upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const target = await targetOf(incoming.url ?? '');
    const upstream = new WebSocket(gateway.replace(/^http/, 'ws') + target);
    upstreams.add(upstream);
    upstream.on('error', () => socket.destroy());
    upstream.on('open', () => {
      sockets.handleUpgrade(incoming, socket, head, (client) => {
        clients.add(client);
        client.on('message', (data) => upstream.send(String(data)));
        client.on('close', () => {
          clients.delete(client);
          upstream.close();
        });
        upstream.on('message', (data) => deliver(client, String(data)));
        upstream.on('close', () => client.close());
      });
    });
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('upgrade', (incoming, socket, head) => {
    upgrade(incoming, socket, head).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail(some) {
      faults = some;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of [...clients, ...upstreams]) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
