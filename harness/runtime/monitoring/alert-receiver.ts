import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { AlertNotification } from '../../evidence/alert-notification.ts';

/** What Alertmanager sends to a webhook, version 4. */
const Webhook = z.object({
  version: z.literal('4'),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: z.record(z.string(), z.string()),
    }),
  ),
});

/** Maximum number of notifications in memory; the oldest are removed. */
const maxNotifications = 1_000;

export interface AlertReceiver extends AsyncDisposable {
  readonly url: string;
  /** What arrived so far, oldest first. */
  notifications(): readonly AlertNotification[];
}

/** Listens on a free port of the loopback interface for the webhooks of Alertmanager. */
export async function openAlertReceiver(): Promise<AlertReceiver> {
  const received: AlertNotification[] = [];
  const server = createServer(async (request, response) => {
    try {
      const { alerts } = Webhook.parse(await json(request));
      const atMs = performance.now();
      for (const { status, labels } of alerts)
        received.push({ alert: labels.alertname ?? '', status, labels, atMs });
      received.splice(0, received.length - maxNotifications);
      response.writeHead(200).end();
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    notifications: () => [...received],
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
