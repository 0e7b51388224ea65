import { z } from 'zod';
import { route } from '../route.ts';

/** How far the time of a message may be from the time of the server, seconds. */
export const messageToleranceS = 300;
/** How long the id of a message is kept, days: until then, a repetition starts nothing. */
export const keptMessageDays = 7;
/** Maximum size of the body of a message, bytes. */
export const maxMessageBytes = 256 * 1024;
const [daySeconds, weekSeconds] = [86_400, 604_800];

/** Headers of a message (Standard Webhooks 1.0). An id with a `.` could be read as an id and a time. */
export const MessageHeaders = z.object({
  'webhook-id': z
    .string()
    .regex(/^[!-\-/-~]{1,255}$/, 'Must have 1 to 255 visible ASCII characters other than `.`')
    .describe('The same in every attempt to send the message'),
  'webhook-timestamp': z
    .string()
    .regex(/^[0-9]{1,12}$/, 'Must be a number of seconds since 1970')
    .describe('When it was sent, seconds since 1970'),
  'webhook-signature': z
    .string()
    .min(1)
    .max(4096)
    .describe('One or more of `v1,<signature>`, separated by spaces'),
});
export type MessageHeaders = z.infer<typeof MessageHeaders>;

const Webhook = z.object({
  id: z.uuid(),
  workflow_id: z.uuid(),
  path: z.string().describe('Where senders post messages, below the origin of the gateway'),
  created_at: z.iso.datetime(),
  rotated_at: z.iso.datetime().describe('When the current secret was made'),
  former_secret_until: z.iso.datetime().nullable().describe('Until then the secret before it is valid too'),
  last_message_at: z.iso
    .datetime()
    .nullable()
    .describe(`The last message that started an execution in ${keptMessageDays} days`),
});
export type Webhook = z.infer<typeof Webhook>;

const ofWorkflow = z.object({ id: z.uuid() });

export const webhookRoutes = {
  webhook: route({
    method: 'GET',
    path: '/workflows/:id/webhook',
    summary: 'Get the webhook of a workflow, without its secret',
    access: 'user',
    scope: 'workflows:read',
    needs: { right: 'read', of: 'workflow', id: 'params.id' },
    params: ofWorkflow,
    success: { status: 200, description: 'The webhook', schema: Webhook },
    problems: ['not_found'],
  }),
  rotateWebhook: route({
    method: 'POST',
    path: '/workflows/:id/webhook',
    summary: 'Create the webhook of a workflow, or give it a new secret',
    description: `The workflow needs a trigger of type \`webhook\`, else the response is 409. This response is the only one
with the secret. \`overlap_seconds\` is how long the former secret stays valid; 0 ends it at once.`,
    access: 'user',
    scope: 'workflows:write',
    needs: { right: 'edit', of: 'workflow', id: 'params.id' },
    params: ofWorkflow,
    body: z.object({ overlap_seconds: z.int().min(0).max(weekSeconds).default(daySeconds) }).default({
      overlap_seconds: daySeconds,
    }),
    success: {
      status: 201,
      description: 'The webhook with its secret',
      schema: Webhook.extend({ secret: z.string().describe('`whsec_` and the key in Base64') }),
    },
    problems: ['not_found', 'conflict'],
  }),
  receiveMessage: route({
    method: 'POST',
    path: '/hooks/:id',
    summary: 'Start the workflow of a webhook with a signed message',
    description: `For senders that sign as Standard Webhooks does: \`v1,\` and the Base64 of HMAC-SHA256 over
\`<webhook-id>.<webhook-timestamp>.<body>\` with the key of the secret. The time may differ by ${messageToleranceS} s. A repeated
\`webhook-id\` gets the first execution again for ${keptMessageDays} days. The response to an unknown webhook and to a wrong signature
is the same 401. 409: the workflow is not active, or has no such trigger any more.`,
    access: 'public',
    // By its webhook-id.
    idempotency: 'inherent',
    params: z.object({ id: z.uuid() }),
    headers: MessageHeaders,
    maxBodyBytes: maxMessageBytes,
    keepsText: true,
    body: z.record(z.string(), z.unknown()),
    bodyExample: { type: 'invoice.paid', data: { id: 'inv_1' } },
    success: {
      status: 202,
      description: 'The execution of this message',
      schema: z.object({ execution_id: z.uuid() }),
    },
    problems: ['invalid_signature', 'conflict', 'rate_limited', 'not_ready'],
  }),
} as const;
