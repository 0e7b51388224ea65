import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, configExitCode, readConfig, variables } from '../kit/service/config.ts';
import { describeFailure } from '../kit/service/describe-failure.ts';
import { migrate } from './migrate.ts';
import { serviceRoles } from './roles.ts';

const passwordsExample = '{"platform_services":"…","user_service":"…"}';

const config = z.object({
  ADMIN_DATABASE_URL: variables.databaseUrl.meta({
    example: 'postgresql://postgres:secret@127.0.0.1:5432/pyairtable',
  }),
  SERVICE_PASSWORDS: z
    .string()
    .default('{}')
    .transform((text, context) => {
      try {
        return z.partialRecord(z.enum(serviceRoles), z.string().min(16)).parse(JSON.parse(text));
      } catch {
        context.addIssue('must be a JSON object of role names and passwords of at least 16 characters');
        return z.NEVER;
      }
    })
    .meta({ example: passwordsExample }),
  /** Folder of the SQL files, if this file has been bundled to another folder. */
  MIGRATIONS_DIR: z.string().optional().meta({ example: 'platform/database/migrations' }),
});

function line(level: string, msg: string, fields: object = {}): void {
  const entry = { level, time: new Date().toISOString(), service: 'database', ...fields, msg };
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}

try {
  const { ADMIN_DATABASE_URL, SERVICE_PASSWORDS, MIGRATIONS_DIR } = readConfig(config, { env: process.env });
  const result = await migrate({
    adminUrl: ADMIN_DATABASE_URL,
    passwords: SERVICE_PASSWORDS,
    migrationsDir: MIGRATIONS_DIR ?? join(import.meta.dirname, 'migrations'),
  });
  line('info', 'migrated', result);
} catch (error) {
  if (error instanceof ConfigError) {
    for (const problem of error.message.split('\n')) process.stderr.write(`database: ${problem}\n`);
    process.exitCode = configExitCode;
  } else {
    line('fatal', `could not migrate: ${describeFailure(error)}`);
    process.exitCode = 1;
  }
}
