import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { Dollars } from './model-costs.ts';

/** Id of a conversation, chosen by the caller or made by the service. */
export const sessionId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
const session = z.object({ id: sessionId });

export const conversationRoutes = {
  sessions: route({
    method: 'GET',
    path: '/sessions',
    summary: 'The caller’s conversations, most recent first',
    access: 'user',
    query: paging,
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({
        sessions: z.array(
          z.object({ id: sessionId, title: z.string(), created_at: z.string(), last_activity: z.string() }),
        ),
        ...paged,
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
} as const;
