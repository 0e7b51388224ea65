import { z } from 'zod';
import { route } from '../route.ts';
import { messageText } from './chat.ts';
import { sessionId } from './conversations.ts';
import { Dollars } from './model-costs.ts';

/** Days start at midnight UTC, weeks on Monday. Without a set budget, this is the service's default. */
const Budget = z.object({
  scope: z.enum(['session', 'user']),
  id: z.string(),
  limit: Dollars,
  spent: Dollars.describe('In the current period; running calls count with their maximum cost'),
  remaining: Dollars,
  reset: z.enum(['session', 'daily', 'weekly', 'monthly']),
  alert_percent: z.number().min(0).max(100),
  status: z.enum(['ok', 'alert', 'exceeded']),
});
export type Budget = z.infer<typeof Budget>;

const BudgetChange = z.strictObject({
  limit: z.coerce.number().min(0.000001).max(10_000).describe('US dollars'),
  reset: Budget.shape.reset.default('daily'),
  alert_percent: z
    .number()
    .min(0)
    .max(100)
    .refine((percent) => Number(percent.toFixed(2)) === percent, 'At most two decimals')
    .default(80)
    .describe('At most two decimals'),
});

const session = z.object({ id: sessionId });
const user = z.object({ id: z.uuid() });

export const budgetRoutes = {
  setSessionBudget: route({
    method: 'POST',
    path: '/budgets/session/:id',
    summary: 'Set a conversation’s budget',
    description: 'Reset `session` limits the conversation as a whole.',
    access: 'user',
    needs: { right: 'read', of: 'conversation', id: 'params.id' },
    params: session,
    body: BudgetChange,
    success: { status: 200, description: 'The budget', schema: Budget },
    problems: ['not_found'],
  }),
  sessionBudget: route({
    method: 'GET',
    path: '/budgets/session/:id',
    summary: 'Get a conversation’s budget and spending',
    access: 'user',
    needs: { right: 'read', of: 'conversation', id: 'params.id' },
    params: session,
    success: { status: 200, description: 'The budget', schema: Budget },
    problems: ['not_found'],
  }),
  removeSessionBudget: route({
    method: 'DELETE',
    path: '/budgets/session/:id',
    summary: 'Delete a conversation’s budget',
    access: 'user',
    needs: { right: 'read', of: 'conversation', id: 'params.id' },
    params: session,
    success: { status: 204, description: 'The budget is deleted' },
    problems: ['not_found'],
  }),
  setUserBudget: route({
    method: 'POST',
    path: '/budgets/user/:id',
    summary: 'Set a user’s budget: the caller’s own, or as admin any in the tenant',
    access: 'user',
    needs: { tenant: 'admin', orSelf: 'params.id' },
    params: user,
    body: BudgetChange,
    success: { status: 200, description: 'The budget', schema: Budget },
    problems: ['forbidden', 'not_found'],
  }),
  userBudget: route({
    method: 'GET',
    path: '/budgets/user/:id',
    summary: 'Get a user’s budget and spending',
    access: 'user',
    needs: { tenant: 'admin', orSelf: 'params.id' },
    params: user,
    success: { status: 200, description: 'The budget', schema: Budget },
    problems: ['forbidden', 'not_found'],
  }),
  estimateCost: route({
    method: 'POST',
    path: '/budgets/estimate-cost',
    summary: 'Estimate the cost of a message',
    description:
      'The estimate covers the input, 1,500 tokens of output and 10 % thinking. It counts the input without the model. A chat also sends the latest messages of the conversation and the tools, and counts the exact tokens before it spends anything.',
    access: 'user',
    needs: 'self',
    idempotency: 'none',
    body: z.object({
      message: messageText,
      session_id: sessionId.optional(),
      model: z.string().max(100).optional(),
    }),
    success: {
      status: 200,
      description: 'The estimate, and whether the budgets allow it',
      schema: z.object({
        model: z.string(),
        input_tokens: z.int(),
        total_cost: Dollars,
        allowed: z.boolean(),
      }),
    },
  }),
} as const;
