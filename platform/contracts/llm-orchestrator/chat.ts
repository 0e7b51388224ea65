import { z } from 'zod';
import { Tool, ToolResult } from '../mcp-server/contract.ts';
import { route } from '../route.ts';
import { sessionId } from './conversations.ts';
import { CostInfo } from './model-costs.ts';

export const messageText = z
  .string()
  .trim()
  .min(1)
  .max(100_000)
  .refine((content) => !content.includes('\0'), 'Must not contain NUL characters');

export const ChatRequest = z
  .object({
    message: messageText.optional(),
    messages: z
      .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: messageText }))
      .min(1)
      .max(200)
      .optional()
      .describe(
        'Instead of `message`: the model responds to the last user message. The earlier ones are the context of a new conversation; an existing conversation has its own',
      ),
    session_id: sessionId
      .optional()
      .describe('Conversation to continue or start; absent starts one with a new id'),
    workspace_id: z
      .uuid()
      .optional()
      .describe('Where a new conversation belongs. Default: the default workspace of the caller'),
    base_id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional()
      .describe('The base of the message'),
    thinking_budget: z.int().min(0).max(24_576).optional().describe('Maximum number of thinking tokens'),
    stream: z.boolean().default(false).describe('Respond with server-sent events'),
  })
  .refine((body) => body.message !== undefined || body.messages?.some((entry) => entry.role === 'user'), {
    path: ['message'],
    message: 'message, or messages with a user message, is required',
  });

export const ChatResponse = z.object({
  response: z.string(),
  thinking_process: z.string().optional(),
  cut_short: z.boolean().optional().describe('True if the response ended before the model was done'),
  tools_used: z.array(z.string()),
  session_id: sessionId,
  timestamp: z.iso.datetime(),
  cost_info: CostInfo,
});
export type ChatResponse = z.infer<typeof ChatResponse>;

/** `data:` of the events of a streamed response. The last event is `done` or `error`. */
export const ChatEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('tool'),
    name: z.string(),
    status: z.enum(['running', 'completed', 'failed']),
  }),
  z.object({ type: z.literal('done'), answer: ChatResponse }),
  z.object({ type: z.literal('error'), error: z.string(), message: z.string() }),
]);
export type ChatEvent = z.infer<typeof ChatEvent>;

export const chatRoutes = {
  chat: route({
    method: 'POST',
    path: '/chat',
    summary: 'Send a message and get the response, whole or as an event stream',
    description:
      'Returns 429 before any spending if the estimate exceeds a budget or the model accepts no more requests, 503 if no model is configured, and 404 for another user’s conversation. A stream ends within 5 s when the caller loses the right to read the workspace. With `stream`, problems before the first event are returned as without it; later ones end the stream with an `error` event. The events are text, tool, then done or error.',
    access: 'user',
    needs: { right: 'read', of: 'workspace', id: 'body.workspace_id' },
    idempotency: 'claim',
    scope: 'assistant:use',
    body: ChatRequest,
    bodyExample: { message: 'Which tables are in my base?', base_id: 'appA1b2C3d4E5f6G7' },
    success: {
      status: 200,
      description: 'The response; with `stream`, server-sent events',
      schema: ChatResponse,
    },
    problems: ['not_found', 'rate_limited', 'bad_gateway', 'not_ready', 'gateway_timeout'],
    timeoutMs: 120_000,
  }),
  tools: route({
    method: 'GET',
    path: '/tools',
    summary: 'List the tools of the model',
    access: 'user',
    needs: 'self',
    scope: 'assistant:use',
    success: { status: 200, description: 'All tools', schema: z.object({ tools: z.array(Tool) }) },
    problems: ['bad_gateway'],
  }),
  executeTool: route({
    method: 'POST',
    path: '/execute-tool',
    summary: 'Call a tool with the caller’s rights',
    access: 'user',
    needs: 'self',
    idempotency: 'forward',
    scope: 'assistant:use',
    body: z.object({
      tool_name: z.string().min(1).max(100),
      arguments: z.record(z.string(), z.unknown()).default({}),
    }),
    bodyExample: { tool_name: 'list_tables', arguments: { base_id: 'appA1b2C3d4E5f6G7' } },
    success: { status: 200, description: 'The result, or the error', schema: ToolResult },
    problems: ['bad_gateway'],
    timeoutMs: 120_000,
  }),
} as const;
