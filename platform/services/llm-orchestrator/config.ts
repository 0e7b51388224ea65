import { z } from 'zod';
import { accessConfig, baseConfig, databaseConfig, variables } from '../../kit/service/config.ts';

const dollars = z.coerce
  .number('must be an amount in US dollars')
  .min(0.000001, 'must be at least 0.000001 US dollars')
  .max(10_000, 'must be at most 10000 US dollars')
  .meta({ example: '10' });

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  ...databaseConfig('llm_orchestrator').shape,
  MCP_SERVER_URL: variables.httpUrl,
  GEMINI_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one word of printable characters')
    .optional()
    .meta({ example: 'AIza…' })
    .describe('Key of the Gemini API; without it everything except the model works'),
  GEMINI_API_URL: variables.httpUrl
    .default('https://generativelanguage.googleapis.com')
    .meta({ example: 'https://generativelanguage.googleapis.com' }),
  GEMINI_TIMEOUT_MS: variables.positiveInt
    .default(60_000)
    .meta({ example: '60000' })
    .describe('Maximum time for one reply of the model, milliseconds'),
  DEFAULT_MODEL: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'must be the name of a model')
    .default('gemini-2.5-flash')
    .meta({ example: 'gemini-2.5-flash' }),
  MAX_TOKENS: variables.positiveInt.default(4000).meta({ example: '4000' }),
  TEMPERATURE: z.coerce.number().min(0).max(2).default(0.1).meta({ example: '0.1' }),
  THINKING_BUDGET: z.coerce
    .number()
    .int()
    .min(0)
    .max(24_576)
    .default(0)
    .meta({ example: '0' })
    .describe('Default maximum of tokens for thinking before a reply'),
  CONTEXT_MESSAGES: z.coerce
    .number()
    .int()
    .min(0)
    .max(200)
    .default(20)
    .meta({ example: '20' })
    .describe('Maximum number of earlier messages of a conversation that the model receives'),
  MAX_TOOL_ROUNDS: z.coerce.number().int().min(0).max(20).default(5).meta({ example: '5' }),
  DEFAULT_SESSION_BUDGET: dollars
    .default(10)
    .describe('Budget of a conversation without its own budget, US dollars'),
  DEFAULT_USER_BUDGET: dollars
    .default(50)
    .describe('Daily budget of a user without their own budget, US dollars'),
  USAGE_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(366)
    .max(36_500)
    .default(730)
    .meta({ example: '730' })
    .describe(
      'Days for which the cost of each call of the model stays and counts in the budget of its conversation',
    ),
});
export type Config = z.output<typeof configSchema>;
