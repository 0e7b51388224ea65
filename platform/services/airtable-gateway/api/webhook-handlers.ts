import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';

/** Webhooks of Airtable's Web API. */
export function webhookHandlers(upstream: Upstream) {
  return {
    listWebhooks: async (request) => ({
      webhooks: await upstream.listWebhooks(toCall(request), request.params.baseId),
    }),
    async createWebhook(request) {
      const { specification, notificationUrl = null } = request.body;
      return upstream.createWebhook(toCall(request), request.params.baseId, {
        specification,
        notificationUrl,
      });
    },
    async deleteWebhook(request) {
      await upstream.deleteWebhook(toCall(request), request.params);
      return {};
    },
    async enableWebhookNotifications(request) {
      await upstream.enableNotifications(toCall(request), request.params, request.body.enable);
      return {};
    },
    refreshWebhook: async (request) => upstream.refreshWebhook(toCall(request), request.params),
    listWebhookPayloads: async (request) =>
      upstream.listPayloads(toCall(request), request.params, request.query),
  } satisfies Handlers<typeof airtableGateway>;
}
