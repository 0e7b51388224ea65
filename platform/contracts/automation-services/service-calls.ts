import { z } from 'zod';
import { route } from '../route.ts';

const data = z.record(z.string(), z.unknown());

/** Longest extracted text of a file event, characters. */
export const maxEventContent = 500_000;

/** What other services ask of the automation service on behalf of a user. */
export const automationCallRoutes = {
  command: route({
    method: 'POST',
    path: '/commands',
    summary: 'Run one command for a saga step; repeating it with the same key has no further effect',
    description: `\`execute_workflow\` {workflow_id, input?} answers {execution_id, status} once the execution is stored.
\`notify\` {subject, body, recipient_id?} answers {notification_id}; without recipient it goes to \`user_id\`.
\`process_file\` {file_id} answers {file_id, status} once processing has begun, and needs the user's rights: send
\`Authorization: Bearer …\` of \`user_id\` beside the internal key. A repeated key answers the first result; with
another command or payload, or while the first is still at work, it answers 409. A command that failed may be repeated. Keys are kept for seven days.`,
    access: 'service',
    body: z.object({
      command: z.enum(['execute_workflow', 'notify', 'process_file']),
      idempotency_key: z.string().min(1).max(200),
      tenant_id: z.uuid(),
      user_id: z.uuid(),
      payload: data,
    }),
    success: { status: 200, description: 'The result', schema: z.object({ result: data }) },
    problems: ['not_found', 'conflict', 'rate_limited', 'forbidden', 'bad_gateway', 'gateway_timeout'],
  }),
  fileEvent: route({
    method: 'POST',
    path: '/events/files',
    summary: 'Start the active workflows of a tenant that wait for this kind of file event',
    description: `Repeating an event of the same file has no further effect. file-service tells each event at least
once: soon after it happened, or as soon as this service is back.`,
    access: 'service',
    // A character takes up to six bytes in JSON.
    maxBodyBytes: 6 * maxEventContent + 16 * 1024,
    body: z.object({
      type: z.enum(['file_upload', 'file_processed']),
      tenant_id: z.uuid(),
      user_id: z.uuid().describe('Who uploaded the file'),
      file_id: z.uuid(),
      filename: z.string().min(1).max(255),
      content: z
        .string()
        .max(maxEventContent)
        .optional()
        .describe('Extracted text, its beginning if it is longer'),
    }),
    success: {
      status: 202,
      description: 'The executions it started',
      schema: z.object({ executions: z.array(z.uuid()) }),
    },
  }),
} as const;
