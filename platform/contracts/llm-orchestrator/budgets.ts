import { z } from 'zod';
import { route } from '../route.ts';
import { messageText } from './chat.ts';
import { sessionId } from './conversations.ts';
import { Dollars } from './model-costs.ts';

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

export const budgetRoutes = {
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
      message: messageText,
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
} as const;
