import { z } from 'zod';
import { WebhookPayloadPage } from '../../../contracts/airtable-gateway/webhook-payloads.ts';
import { NewWebhook, Webhook, WebhookRefreshed } from '../../../contracts/airtable-gateway/webhooks.ts';
import type { Upstream, WebhookRef } from '../upstream.ts';
import type { RemoteAccess } from './remote-access.ts';

const WebhookList = z.object({ webhooks: z.array(Webhook) });
/** Only the status of these responses counts. */
const Anything = z.unknown();

function webhookPath({ baseId, webhookId }: WebhookRef, ...rest: string[]): string[] {
  return ['bases', baseId, 'webhooks', webhookId, ...rest];
}

/** Webhooks of the real Airtable. */
export function remoteWebhooks({ send }: RemoteAccess) {
  return {
    async listWebhooks(call, baseId) {
      const path = ['bases', baseId, 'webhooks'];
      return (await send(call, baseId, { method: 'GET', path, response: WebhookList })).webhooks;
    },
    createWebhook(call, baseId, { specification, notificationUrl }) {
      const body = { specification, ...(notificationUrl === null ? {} : { notificationUrl }) };
      const path = ['bases', baseId, 'webhooks'];
      return send(call, baseId, { method: 'POST', path, body, response: NewWebhook });
    },
    async deleteWebhook(call, ref) {
      await send(call, ref.baseId, { method: 'DELETE', path: webhookPath(ref), response: Anything });
    },
    async enableNotifications(call, ref, enable) {
      const path = webhookPath(ref, 'enableNotifications');
      await send(call, ref.baseId, { method: 'POST', path, body: { enable }, response: Anything });
    },
    refreshWebhook(call, ref) {
      const path = webhookPath(ref, 'refresh');
      return send(call, ref.baseId, { method: 'POST', path, response: WebhookRefreshed });
    },
    listPayloads(call, ref, { cursor, limit }) {
      const path = webhookPath(ref, 'payloads');
      const query = { cursor: String(cursor), limit: String(limit) };
      return send(call, ref.baseId, { method: 'GET', path, query, response: WebhookPayloadPage });
    },
  } satisfies Partial<Upstream>;
}
