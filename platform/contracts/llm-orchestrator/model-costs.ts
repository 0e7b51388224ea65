import { z } from 'zod';
import { route } from '../route.ts';

/** US dollars as a decimal with six places, which keeps sums exact. */
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

export const modelCostRoutes = {
  costStatus: route({
    method: 'GET',
    path: '/cost-tracking/status',
    summary: 'Get the model, its prices and today’s spending of the tenant',
    access: 'user',
    needs: { tenant: 'member' },
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
          .describe('US dollars per 1,000 tokens; other models cost as much as gemini-2.5-flash'),
      }),
    },
  }),
  costAnalytics: route({
    method: 'GET',
    path: '/cost-tracking/analytics',
    summary: 'Get the tenant’s spending per day',
    access: 'user',
    needs: { tenant: 'member' },
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
} as const;
