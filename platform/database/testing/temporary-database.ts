import type { ServiceRole } from '../roles.ts';
import { databaseName, passwordOf, startMigratedPostgres } from './database-template.ts';

export interface TemporaryDatabase extends AsyncDisposable {
  /** URL of the migrated database with the superuser role. */
  readonly adminUrl: string;
  /** URL of the migrated database with the role of a service. */
  urlOf(role: ServiceRole): string;
  stop(): Promise<void>;
  /** Ends the server at once, as a crash does. Its data and its URLs stay. */
  kill(): Promise<void>;
  /** Starts the killed server again. */
  start(): Promise<void>;
}

/**
 * Starts a PostgreSQL server with a migrated database. Every service role can log in. The first call of a test run
 * applies the migrations, later ones copy the result, which takes a fifth of the time. Nothing is shared: a test may
 * change roles and settings, or kill the server.
 */
export async function startTemporaryDatabase(): Promise<TemporaryDatabase> {
  const postgres = await startMigratedPostgres();
  const stop = () => postgres.stop();
  return {
    adminUrl: postgres.urlFor(databaseName, 'postgres'),
    urlOf: (role) => postgres.urlFor(databaseName, role, passwordOf(role)),
    stop,
    kill: postgres.kill,
    start: postgres.start,
    [Symbol.asyncDispose]: stop,
  };
}
