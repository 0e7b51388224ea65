import { z } from 'zod';
import { route } from '../route.ts';

const data = z.record(z.string(), z.unknown());

/** Maximum length of the extracted text of a file event, characters. */
export const maxEventContent = 500_000;

/** Calls from other services on behalf of a user. */
export const automationCallRoutes = {
  command: route({
    method: 'POST',
    path: '/commands',
    summary: 'Run a command for a saga step; a repeated key has no further effect',
    description: `\`execute_workflow\` {workflow_id, input?} returns {execution_id, status} once the execution is stored.
\`notify\` {subject, body, recipient_id?} returns {notification_id}; the default recipient is \`user_id\`.
\`process_file\` {file_id} returns {file_id, status} once processing has started. It needs the user's rights: send
\`Authorization: Bearer …\` of \`user_id\` in addition to the internal key. A repeated key returns the first result. It
is rejected with 409 if the command or payload differs, or while the first command is still running. A failed command
may be repeated. Keys are kept for seven days.`,
    access: 'service',
    idempotency: 'claim',
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
    summary: 'Start the active workflows of a tenant with this file trigger',
    description: `A repeated event of the same file has no further effect. file-service sends each event at least once:
soon after it happened, or as soon as this service can be reached again.`,
    access: 'service',
    // A character takes up to six bytes in JSON.
    maxBodyBytes: 6 * maxEventContent + 16 * 1024,
    body: z.object({
      type: z.enum(['file_upload', 'file_processed']),
      tenant_id: z.uuid(),
      user_id: z.uuid().describe('The user who uploaded the file'),
      workspace_id: z.uuid().optional().describe('The workspace of the file'),
      file_id: z.uuid(),
      filename: z.string().min(1).max(255),
      content_type: z.string().max(255).optional().describe('Media type of the file'),
      size: z.int().min(0).max(2_147_483_647).optional().describe('Bytes'),
      content: z
        .string()
        .max(maxEventContent)
        .optional()
        .describe('Extracted text, cut at the maximum length'),
    }),
    success: {
      status: 202,
      description: 'The started executions',
      schema: z.object({ executions: z.array(z.uuid()) }),
    },
  }),
} as const;
