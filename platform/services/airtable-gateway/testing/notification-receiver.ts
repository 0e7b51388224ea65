import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedPing {
  path: string;
  headers: IncomingHttpHeaders;
  /** As received. */
  body: string;
}

export interface NotificationReceiver extends AsyncDisposable {
  /** The gateway under test must trust it. */
  readonly origin: string;
  readonly pings: readonly ReceivedPing[];
  /** Responds to a ping; by default with 204. */
  respond: (response: ServerResponse, ping: ReceivedPing) => void;
  /** Resolves when `count` pings have arrived in total. */
  arrived(count: number): Promise<void>;
}

/** Receives pings of webhooks on the loopback interface. */
export async function startNotificationReceiver(): Promise<NotificationReceiver> {
  const pings: ReceivedPing[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const ping = {
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    pings.push(ping);
    receiver.respond(response, ping);
    for (const { count, resolve } of waiting) if (pings.length >= count) resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: NotificationReceiver = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pings,
    respond: (response) => response.writeHead(204).end(),
    arrived: (count) =>
      new Promise((resolve) => {
        if (pings.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
