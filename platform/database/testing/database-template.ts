import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testRunFolder } from '../../kit/testing/store-folder.ts';
import { migrate } from '../migrate.ts';
import { type ServiceRole, serviceRoles } from '../roles.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './temporary-postgres.ts';

const databaseFolder = join(import.meta.dirname, '..');
const migrationsDir = join(databaseFolder, 'migrations');

/** Name of the database in which the migrations are applied. */
export const databaseName = 'pyairtable';

export function passwordOf(role: ServiceRole): string {
  return `password-of-${role}`;
}

/** Starts a server of its own with a migrated database. Every service role can log in. */
export async function startMigratedPostgres(): Promise<TemporaryPostgres> {
  if (testRunFolder === undefined) return migrated(await startTemporaryPostgres());
  const template = join(testRunFolder, `migrated-${await digestOfDatabaseFolder()}`);
  if (!existsSync(template)) {
    const postgres = await migrated(await startTemporaryPostgres());
    await postgres.stop({ keepDataAs: template });
  }
  return startTemporaryPostgres({ template });
}

async function migrated(postgres: TemporaryPostgres): Promise<TemporaryPostgres> {
  try {
    await migrate({
      adminUrl: postgres.urlFor(databaseName, 'postgres'),
      migrationsDir,
      passwords: Object.fromEntries(serviceRoles.map((role) => [role, passwordOf(role)])),
    });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return postgres;
}

/** Changes with everything that a migrated database depends on: in watch mode, these files change during a run. */
async function digestOfDatabaseFolder(): Promise<string> {
  const digest = createHash('sha256');
  for (const folder of [databaseFolder, migrationsDir]) {
    const names = (await readdir(folder)).filter((name) => /\.(ts|sql)$/.test(name)).sort();
    for (const name of names) digest.update(name).update(await readFile(join(folder, name)));
  }
  return digest.digest('hex').slice(0, 16);
}
