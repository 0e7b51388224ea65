import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { StartDeps } from '../executions/start-execution.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { receiveMessage } from './receive-message.ts';
import { secretOf } from './signature.ts';
import { readWebhook, storeSecret } from './store-webhooks.ts';
import type { WebhookKeys } from './webhook-keys.ts';

export interface WebhookDeps extends StartDeps {
  keys: WebhookKeys;
}

/** Webhooks of workflows, and the messages to them. */
export function webhookHandlers(deps: WebhookDeps) {
  const { database, clock, keys } = deps;
  return {
    webhook: ({ caller, params }) =>
      database.withTenant(tenantOf(caller), (tx) =>
        readWebhook(tx, { workflowId: params.id, now: clock.now() }),
      ),

    rotateWebhook: ({ caller, params, body }) =>
      database.withTenant(tenantOf(caller), async (tx) => {
        const { id: workflowId, triggers } = await readWorkflow(tx, params.id);
        if (!triggers.some(({ type }) => type === 'webhook'))
          throw problem('conflict', {
            message: 'Messages do not start this workflow: give it a trigger of type webhook first.',
          });
        const now = clock.now();
        const key = keys.make();
        const overlapMs = body.overlap_seconds * 1000;
        await storeSecret(tx, tenantOf(caller), {
          workflowId,
          secret: keys.seal(workflowId, key),
          formerUntil: overlapMs === 0 ? null : new Date(now.getTime() + overlapMs),
          now,
        });
        return { ...(await readWebhook(tx, { workflowId, now })), secret: secretOf(key) };
      }),

    async receiveMessage({ params, headers, body, bodyText }) {
      const message = { webhookId: params.id, headers, text: bodyText, payload: body };
      return { execution_id: await receiveMessage(deps, message) };
    },
  } satisfies Handlers<typeof automationServices>;
}
