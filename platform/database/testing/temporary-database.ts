import { join } from 'node:path';
import { migrate } from '../migrate.ts';
import { type ServiceRole, serviceRoles } from '../roles.ts';
import { startTemporaryPostgres } from './temporary-postgres.ts';

export interface TemporaryDatabase extends AsyncDisposable {
  /** URL of the migrated database with the superuser role. */
  readonly adminUrl: string;
  /** URL of the migrated database with the role of a service. */
  urlOf(role: ServiceRole): string;
  stop(): Promise<void>;
}

/** Starts a PostgreSQL server with a migrated database. Every service role can log in. */
export async function startTemporaryDatabase(): Promise<TemporaryDatabase> {
  const postgres = await startTemporaryPostgres();
  const adminUrl = postgres.urlFor('pyairtable', 'postgres');
  const passwordOf = (role: string) => `password-of-${role}`;
  try {
    await migrate({
      adminUrl,
      migrationsDir: join(import.meta.dirname, '..', 'migrations'),
      passwords: Object.fromEntries(serviceRoles.map((role) => [role, passwordOf(role)])),
    });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return {
    adminUrl,
    urlOf: (role) => postgres.urlFor('pyairtable', role, passwordOf(role)),
    stop: postgres.stop,
    [Symbol.asyncDispose]: postgres.stop,
  };
}
