import { z } from 'zod';
import { Tool, ToolResult } from './mcp-server.ts';
import { route } from './route.ts';
import { service } from './service.ts';

/** Money in US dollars as a decimal with six places, so that sums are exact. */
export const Dollars = z.string().regex(/^\d+\.\d{6}$/);

export const CostInfo = z.object({
  model: z.string(),
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  thinking_tokens: z.int().nonnegative(),
  input_cost: Dollars,
  output_cost: Dollars,
  thinking_cost: Dollars,
  total_cost: Dollars,
  response_time_ms: z.number().nonnegative(),
  budget_warnings: z.array(z.string()),
});
export type CostInfo = z.infer<typeof CostInfo>;

const sessionId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
const text = z
  .string()
  .trim()
  .min(1)
  .max(100_000)
  .refine((content) => !content.includes('\0'), 'Must not contain the zero character');

export const ChatRequest = z
  .object({
    message: text.optional(),
    messages: z
      .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: text }))
      .min(1)
      .max(200)
      .optional()
      .describe(
        'Instead of `message`: the last user message is answered; the ones before it are the context of a conversation that begins, while one that continues has its own',
      ),
    session_id: sessionId
      .optional()
      .describe('Continues the conversation of this id or begins it; absent begins one of a new id'),
    base_id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional()
      .describe('The base that the message is about'),
    thinking_budget: z
      .int()
      .min(0)
      .max(24_576)
      .optional()
      .describe('Tokens the model may think before it answers'),
    stream: z.boolean().default(false).describe('Answer as server-sent events'),
  })
  .refine((body) => body.message !== undefined || body.messages?.some((entry) => entry.role === 'user'), {
    path: ['message'],
    message: 'message, or messages with one of role user, is required',
  });

export const ChatAnswer = z.object({
  response: z.string(),
  thinking_process: z.string().optional(),
  cut_short: z.boolean().optional().describe('True when the answer ended before the model was done'),
  tools_used: z.array(z.string()),
  session_id: sessionId,
  timestamp: z.iso.datetime(),
  cost_info: CostInfo,
});
export type ChatAnswer = z.infer<typeof ChatAnswer>;

/** `data:` of the events of a streamed answer; the last one is `done` or `error`. */
export const ChatEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('tool'),
    name: z.string(),
    status: z.enum(['running', 'completed', 'failed']),
  }),
  z.object({ type: z.literal('done'), answer: ChatAnswer }),
  z.object({ type: z.literal('error'), error: z.string(), message: z.string() }),
]);
export type ChatEvent = z.infer<typeof ChatEvent>;

/** Days begin at midnight UTC, weeks on Monday. Where none was set the service's default applies and is shown. */
const Budget = z.object({
  scope: z.enum(['session', 'user']),
  id: z.string(),
  limit: Dollars,
  spent: Dollars.describe('In the present period, calls in hand with the most that they can cost'),
  remaining: Dollars,
  reset: z.enum(['session', 'daily', 'weekly', 'monthly']),
  alert_percent: z.number().min(0).max(100),
  status: z.enum(['ok', 'alert', 'exceeded']),
});
export type Budget = z.infer<typeof Budget>;

const BudgetChange = z.object({
  limit: z.coerce.number().min(0.000001).max(10_000).describe('US dollars'),
  reset: Budget.shape.reset.default('daily'),
  alert_percent: z.number().min(0).max(100).default(80),
});

const session = z.object({ id: sessionId });
const user = z.object({ id: z.uuid() });

export const llmOrchestrator = service({
  name: 'llm-orchestrator',
  title: 'Conversations with a language model that uses the Airtable tools',
  port: 8003,
  mounts: [
    { public: '/api/chat', internal: '/chat' },
    { public: '/api/tools', internal: '/tools' },
    { public: '/api/execute-tool', internal: '/execute-tool' },
    { public: '/api/sessions', internal: '/sessions' },
    { public: '/api/budgets', internal: '/budgets' },
    { public: '/api/cost-tracking', internal: '/cost-tracking' },
  ],
  routes: {
    chat: route({
      method: 'POST',
      path: '/chat',
      summary: 'Send a message and get the answer, at once or as an event stream',
      description:
        'Answers 429 before any spending when the estimate would exceed a budget, or when the model accepts no more requests; 503 when no model is configured; 404 when the conversation is somebody else’s. With `stream`, problems before the first event answer as without; later ones end the stream with an `error` event. The data of the events is described by the schema ChatEvent: text, tool, then done or error.',
      access: 'user',
      body: ChatRequest,
      bodyExample: { message: 'Which tables are in my base?', base_id: 'appA1b2C3d4E5f6G7' },
      success: {
        status: 200,
        description: 'The answer; with `stream` server-sent events',
        schema: ChatAnswer,
      },
      problems: ['not_found', 'rate_limited', 'bad_gateway', 'not_ready', 'gateway_timeout'],
      timeoutMs: 120_000,
    }),
    tools: route({
      method: 'GET',
      path: '/tools',
      summary: 'Tools the model may use',
      access: 'user',
      success: { status: 200, description: 'All tools', schema: z.object({ tools: z.array(Tool) }) },
      problems: ['bad_gateway'],
    }),
    executeTool: route({
      method: 'POST',
      path: '/execute-tool',
      summary: 'Call a tool with the caller’s rights',
      access: 'user',
      body: z.object({
        tool_name: z.string().min(1).max(100),
        arguments: z.record(z.string(), z.unknown()).default({}),
      }),
      bodyExample: { tool_name: 'list_tables', arguments: { base_id: 'appA1b2C3d4E5f6G7' } },
      success: { status: 200, description: 'The result, or why there is none', schema: ToolResult },
      problems: ['bad_gateway'],
      timeoutMs: 120_000,
    }),
    sessions: route({
      method: 'GET',
      path: '/sessions',
      summary: 'The caller’s conversations, most recent first',
      access: 'user',
      query: z.object({
        page: z.coerce.number().int().min(1).max(100_000).default(1),
        page_size: z.coerce.number().int().min(1).max(100).default(20),
      }),
      success: {
        status: 200,
        description: 'One page',
        schema: z.object({
          sessions: z.array(
            z.object({ id: sessionId, title: z.string(), created_at: z.string(), last_activity: z.string() }),
          ),
          total: z.int(),
          page: z.int(),
          page_size: z.int(),
        }),
      },
    }),
    history: route({
      method: 'GET',
      path: '/sessions/:id/history',
      summary: 'The latest 1,000 messages of a conversation',
      access: 'user',
      params: session,
      success: {
        status: 200,
        description:
          'Messages of user and assistant, and what tools were called with which result; oldest first',
        schema: z.object({
          session_id: sessionId,
          messages: z.array(
            z.object({
              role: z.enum(['user', 'assistant', 'tool']),
              content: z.string(),
              timestamp: z.string(),
            }),
          ),
        }),
      },
      problems: ['not_found'],
    }),
    removeSession: route({
      method: 'DELETE',
      path: '/sessions/:id',
      summary: 'Delete a conversation',
      access: 'user',
      params: session,
      success: { status: 204, description: 'The conversation is gone' },
      problems: ['not_found'],
    }),
    sessionCost: route({
      method: 'GET',
      path: '/sessions/:id/cost-summary',
      summary: 'What a conversation has cost',
      access: 'user',
      params: session,
      success: {
        status: 200,
        description: 'Totals',
        schema: z.object({
          session_id: sessionId,
          calls: z.int(),
          total_tokens: z.int(),
          total_cost: Dollars,
        }),
      },
      problems: ['not_found'],
    }),
    setSessionBudget: route({
      method: 'POST',
      path: '/budgets/session/:id',
      summary: 'Set a conversation’s budget',
      description: 'Reset `session` bounds the conversation as a whole.',
      access: 'user',
      params: session,
      body: BudgetChange,
      success: { status: 200, description: 'The budget', schema: Budget },
      problems: ['not_found'],
    }),
    sessionBudget: route({
      method: 'GET',
      path: '/budgets/session/:id',
      summary: 'A conversation’s budget and spending',
      access: 'user',
      params: session,
      success: { status: 200, description: 'The budget', schema: Budget },
      problems: ['not_found'],
    }),
    removeSessionBudget: route({
      method: 'DELETE',
      path: '/budgets/session/:id',
      summary: 'Remove a conversation’s budget',
      access: 'user',
      params: session,
      success: { status: 204, description: 'The budget is gone' },
      problems: ['not_found'],
    }),
    setUserBudget: route({
      method: 'POST',
      path: '/budgets/user/:id',
      summary: 'Set a user’s budget: the own one, or as admin any of the tenant',
      access: 'user',
      params: user,
      body: BudgetChange,
      success: { status: 200, description: 'The budget', schema: Budget },
      problems: ['forbidden'],
    }),
    userBudget: route({
      method: 'GET',
      path: '/budgets/user/:id',
      summary: 'A user’s budget and spending',
      access: 'user',
      params: user,
      success: { status: 200, description: 'The budget', schema: Budget },
      problems: ['forbidden'],
    }),
    estimateCost: route({
      method: 'POST',
      path: '/budgets/estimate-cost',
      summary: 'Estimate a message: its input, 1,500 tokens of output and 10 % thinking',
      description:
        'The tokens of the input are estimated without asking the model. A chat also sends the conversation’s latest messages and the tools, and counts those exactly before it spends anything.',
      access: 'user',
      body: z.object({
        message: text,
        session_id: sessionId.optional(),
        model: z.string().max(100).optional(),
      }),
      success: {
        status: 200,
        description: 'The estimate and whether the budgets allow it',
        schema: z.object({
          model: z.string(),
          input_tokens: z.int(),
          total_cost: Dollars,
          allowed: z.boolean(),
        }),
      },
    }),
    costStatus: route({
      method: 'GET',
      path: '/cost-tracking/status',
      summary: 'Whether there is a model, prices in use and today’s spending of the tenant',
      access: 'user',
      success: {
        status: 200,
        description: 'Status',
        schema: z.object({
          enabled: z.boolean(),
          model: z.string().describe('The model in use'),
          model_status: z.enum(['configured', 'not_configured']),
          model_problem: z.string().optional().describe('Which setting is missing'),
          spent_today: Dollars,
          prices: z
            .array(z.object({ model: z.string(), input: Dollars, output: Dollars, thinking: Dollars }))
            .describe('US dollars per 1,000 tokens; other models count as gemini-2.5-flash'),
        }),
      },
    }),
    costAnalytics: route({
      method: 'GET',
      path: '/cost-tracking/analytics',
      summary: 'Spending per day of the tenant',
      access: 'user',
      query: z.object({ days: z.coerce.number().int().min(1).max(365).default(30) }),
      success: {
        status: 200,
        description: 'One entry per day with spending',
        schema: z.object({
          days: z.array(z.object({ date: z.iso.date(), calls: z.int(), total_cost: Dollars })),
          total_cost: Dollars,
        }),
      },
    }),
  },
});
