import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedPing {
  path: string;
  headers: IncomingHttpHeaders;
  /** As sent. */
  body: string;
}

export interface NotificationReceiver extends AsyncDisposable {
  /** To be trusted by the gateway that is to reach it. */
  readonly origin: string;
  readonly pings: readonly ReceivedPing[];
  /** Decides how pings are answered; at first with 204. */
  answer: (response: ServerResponse, ping: ReceivedPing) => void;
  /** Resolves when so many pings have arrived over all. */
  arrived(count: number): Promise<void>;
}

/** Takes pings of webhooks on the loopback interface. */
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
    receiver.answer(response, ping);
    for (const { count, resolve } of waiting) if (pings.length >= count) resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: NotificationReceiver = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pings,
    answer: (response) => response.writeHead(204).end(),
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
