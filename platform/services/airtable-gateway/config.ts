import { z } from 'zod';
import { accessConfig, baseConfig, databaseConfig, variables } from '../../kit/service/config.ts';

const settings = baseConfig.extend({
  ...accessConfig.shape,
  ...databaseConfig('airtable_gateway').shape,
  AUTOMATION_SERVICES_URL: variables.httpUrl,
  AIRTABLE_UPSTREAM: z
    .enum(['embedded', 'airtable'])
    .default('embedded')
    .meta({ example: 'embedded' })
    .describe('Where bases are stored: in the platform’s own PostgreSQL, or at Airtable'),
  AIRTABLE_API_URL: variables.httpUrl.default('https://api.airtable.com'),
  AIRTABLE_TOKEN: z
    .string()
    .min(1)
    .optional()
    .meta({ example: 'patXXXXXXXXXXXXXX.…' })
    .describe('Personal access token; required with AIRTABLE_UPSTREAM=airtable'),
  AIRTABLE_TIMEOUT_MS: variables.positiveInt
    .default(25_000)
    .meta({ example: '25000' })
    .describe('Maximum time for a response of Airtable, milliseconds'),
  AIRTABLE_TENANT_ID: z
    .uuid()
    .optional()
    .meta({ example: '6f1c8e0e-3a52-4c4b-9a56-0d6a5d0c7f21' })
    .describe('The tenant that owns the token’s account; required with AIRTABLE_UPSTREAM=airtable'),
  RECORD_INDEX_FROM: variables.positiveInt
    .default(2_000)
    .meta({ example: '2000' })
    .describe('Number of records from which on a table is sorted, filtered and merged by indexes'),
  SYNC_LOG_RETENTION_DAYS: variables.positiveInt
    .max(36_500)
    .default(365)
    .meta({ example: '365' })
    .describe('Days for which logs of synchronizations stay'),
  WEBHOOK_TRUSTED_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
    .refine((origins) => origins.every(isOrigin), 'must be http or https origins, separated by commas')
    .meta({ example: 'http://receiver.internal:8080' })
    .describe('Origins that webhooks may call although they are not public; all other URLs must be public'),
});

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** The real Airtable needs an account and its owner: the token must not give every tenant access. */
export const configSchema = settings.superRefine((config, context) => {
  if (config.AIRTABLE_UPSTREAM !== 'airtable') return;
  for (const name of ['AIRTABLE_TOKEN', 'AIRTABLE_TENANT_ID'] as const)
    if (config[name] === undefined)
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'is required with AIRTABLE_UPSTREAM=airtable',
      });
});
export type Config = z.output<typeof configSchema>;
