import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { baseConfig, databaseConfig, tokenConfig, variables } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  ...tokenConfig.shape,
  ...databaseConfig('platform_services').shape,
  REDIS_URL: variables.redisUrl,
  KEY_ENCRYPTION_KEY: variables.key256.describe('Encrypts the private signing keys in the database'),
  ACCESS_TOKEN_SECONDS: variables.positiveInt.max(3600).default(900).meta({ example: '900' }),
  REFRESH_TOKEN_DAYS: variables.positiveInt.max(90).default(7).meta({ example: '7' }),
  REFRESH_GRACE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(60)
    .default(0)
    .meta({ example: '10' })
    .describe('Time in which a used refresh token works again, as long as its successor is unused'),
  REQUIRE_VERIFIED_EMAIL: variables.flag
    .default(false)
    .describe('Whether a user must confirm the address before signing in'),
  SESSION_DAYS: variables.positiveInt.max(365).default(30).meta({ example: '30' }),
  ERASURE_QUIET_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(900)
    .default(12)
    .meta({ example: '12' })
    .describe(
      'Time after the deletion of an account in which its requests may still write, seconds; it is erased once more then',
    ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp or smtps URL' })
    .optional()
    .meta({ example: 'smtps://user:password@mail.example.com:465' })
    .describe('Server that sends mails; without it they are written into MAIL_FOLDER'),
  MAIL_FROM: z
    .string()
    .regex(
      /^(?:[^<>\r\n]+ <[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/,
      'must be an address, or a name and an address in angle brackets',
    )
    .default('PyAirtable <no-reply@pyairtable.invalid>')
    .meta({ example: 'PyAirtable <no-reply@example.com>' })
    .describe('Sender of mails'),
  MAIL_FOLDER: z
    .string()
    .regex(/^\//, 'must be an absolute path')
    .default(join(tmpdir(), 'pyairtable-mail'))
    .meta({ example: '/var/lib/pyairtable/mail' })
    .describe('Folder of mails without SMTP_URL, one .eml file each; created when missing'),
  /** Where browsers reach the frontend. */
  PUBLIC_URL: variables.publicUrl
    .default('http://127.0.0.1:3000')
    .describe('Origin of the pages that mails link to'),
  AUDIT_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(30)
    .max(36_500)
    .default(365)
    .meta({ example: '365' })
    .describe('Days for which security events stay in the audit log'),
  ANALYTICS_RETENTION_DAYS: variables.positiveInt.max(36_500).default(90).meta({ example: '90' }),
  EVENT_RETENTION_DAYS: variables.positiveInt
    .max(3_650)
    .default(30)
    .meta({ example: '30' })
    .describe('Days for which events stay in the stream; the stream keeps 100,000 at most'),
  ACCESS_RETENTION_DAYS: variables.positiveInt
    .max(3_650)
    .default(30)
    .meta({ example: '30' })
    .describe('Days for which ended sessions, refresh tokens and invitations stay'),
  USER_SERVICE_URL: variables.httpUrl,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  LLM_ORCHESTRATOR_URL: variables.httpUrl,
  FILE_SERVICE_URL: variables.httpUrl,
  SAGA_SERVICE_URL: variables.httpUrl,
  AUTOMATION_SERVICES_URL: variables.httpUrl,
  KEY_ROTATION_DAYS: variables.positiveInt.max(365).default(30).meta({ example: '30' }),
});
export type Config = z.output<typeof configSchema>;
