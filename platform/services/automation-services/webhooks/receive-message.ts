import { randomUUID } from 'node:crypto';
import { type MessageHeaders, messageToleranceS } from '../../../contracts/automation-services/webhooks.ts';
import { nobody } from '../../../kit/erasure/erased-table.ts';
import { problem } from '../../../kit/http/problem.ts';
import { insertExecution } from '../executions/insert-execution.ts';
import type { StartDeps } from '../executions/start-execution.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { isSigned } from './signature.ts';
import { findWebhook, rememberMessage } from './store-webhooks.ts';
import type { WebhookKeys } from './webhook-keys.ts';

export interface ReceivedMessage {
  webhookId: string;
  headers: MessageHeaders;
  /** The body as sent, and what it means. */
  text: string;
  payload: Record<string, unknown>;
}

/** @throws ProblemError `invalid_signature` */
function assertCurrent(sentAt: Date, now: Date): void {
  const ageS = Math.abs(now.getTime() - sentAt.getTime()) / 1000;
  if (ageS > messageToleranceS)
    throw problem('invalid_signature', {
      message: `webhook-timestamp differs from the time of the server by more than ${messageToleranceS} s.`,
    });
}

/**
 * Starts the workflow of a webhook for its owner, once per message.
 * @returns the id of the execution
 * @throws ProblemError `invalid_signature`; `conflict` when the workflow does not take messages now; `rate_limited`
 */
export async function receiveMessage(
  { keys, ...deps }: StartDeps & { keys: WebhookKeys },
  { webhookId, headers, text, payload }: ReceivedMessage,
): Promise<string> {
  const { database, durable, clock } = deps;
  const now = clock.now();
  const [messageId, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
  const sentAt = new Date(Number(timestamp) * 1000);
  assertCurrent(sentAt, now);
  const found = await findWebhook(database, webhookId);
  const message = { id: messageId, timestamp, text };
  // For an unknown webhook too, so that its response takes as long.
  const signed = isSigned(keys.keysOf(found, now), message, headers['webhook-signature']);
  if (found === undefined || !signed) throw problem('invalid_signature');

  const tenantId = found.tenant_id;
  return database.withTenant({ tenantId, userId: nobody.id }, async (tx) => {
    // Keeps it until the end of the transaction, unless its workflow was deleted just now.
    const kept = await tx.query('select from automation.webhooks where id = $1 for key share', [webhookId]);
    if (kept.rowCount === 0) throw problem('invalid_signature');
    const executionId = randomUUID();
    const earlier = await rememberMessage(tx, { tenantId }, { webhookId, messageId, executionId, now });
    if (earlier !== undefined) return earlier;
    const workflow = await readWorkflow(tx, found.workflow_id);
    if (!workflow.triggers.some(({ type }) => type === 'webhook'))
      throw problem('conflict', { message: 'The workflow has no trigger of type webhook any more.' });
    if (workflow.status !== 'active')
      throw problem('conflict', { message: `The workflow is ${workflow.status}.` });
    await insertExecution(
      tx,
      { tenant: { tenantId, userId: workflow.owner_id }, durable },
      {
        id: executionId,
        workflow,
        trigger: 'webhook',
        input: { webhook_id: messageId, sent_at: sentAt.toISOString(), payload },
        grantId: workflow.grant_id,
        now,
      },
    );
    return executionId;
  });
}
