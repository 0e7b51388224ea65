import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { migrateDurableSchemas } from './durable-schemas.ts';
import { ensureDatabaseGrants, ensureRoles, ownerRole, type ServiceRole } from './roles.ts';

export interface MigrateOptions {
  /** URL of the database to migrate, with a role that has a superuser's rights. A missing database is created. */
  adminUrl: string;
  /** Folder of `NNN_name.sql` files. */
  migrationsDir: string;
  passwords: Readonly<Partial<Record<ServiceRole, string>>>;
}

export interface MigrateResult {
  /** Names of the newly applied migrations, in order. */
  applied: string[];
  /** Number of migrations that were applied before. */
  present: number;
}

/** A migration failed, or was changed after it had been applied. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** Key of the advisory lock; no other lock in this database uses it. */
const migrationLock = 7_042_001;
const databaseMissing = '3D000';
const databaseExists = '42P04';

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{3}_[a-z0-9_]+\.sql$/.test(name)).sort();
  const numbers = names.map((name) => name.slice(0, 3));
  const twice = numbers.find((number, index) => number === numbers[index - 1]);
  if (twice !== undefined) throw new MigrationError(`two migrations have the number ${twice}`);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      // Comments may be edited after a migration was applied.
      const statements = sql.replaceAll(/^\s*--.*\n/gm, '');
      return { name, sql, checksum: createHash('sha256').update(statements).digest('hex') };
    }),
  );
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  return client;
}

/** Connects to the database of the URL and creates it if it is missing. */
async function connectOrCreate(adminUrl: string): Promise<pg.Client> {
  try {
    return await connect(adminUrl);
  } catch (error) {
    if ((error as { code?: unknown }).code !== databaseMissing) throw error;
  }
  const url = new URL(adminUrl);
  const database = decodeURIComponent(url.pathname.slice(1));
  url.pathname = '/postgres';
  const maintenance = await connect(url.href);
  try {
    await maintenance.query(`create database ${maintenance.escapeIdentifier(database)}`);
  } catch (error) {
    // Another job has created it.
    if ((error as { code?: unknown }).code !== databaseExists) throw error;
  } finally {
    await maintenance.end();
  }
  return connect(adminUrl);
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(`set local role ${ownerRole}`);
    await client.query(migration.sql);
    // The migration may have changed the role within its transaction.
    await client.query(`set local role ${ownerRole}`);
    await client.query('insert into migrations.applied (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    const { code, message } = error as { code?: string; message: string };
    throw new MigrationError(`${migration.name}: ${code ? `${code} ` : ''}${message}`, { cause: error });
  }
}

/**
 * Brings roles and schema up to date. It is idempotent, and concurrent jobs run in sequence.
 * @throws MigrationError with the name of the migration
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const migrations = await readMigrations(options.migrationsDir);
  const client = await connectOrCreate(options.adminUrl);
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await ensureRoles(client, options.passwords);
    await ensureDatabaseGrants(client);
    await client.query(`
      create schema if not exists migrations authorization ${ownerRole};
      create table if not exists migrations.applied (
        name text primary key,
        checksum text not null,
        applied_at timestamptz not null default now()
      );
      alter table migrations.applied owner to ${ownerRole};
    `);
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from migrations.applied',
    );
    const present = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    const applied: string[] = [];
    for (const migration of migrations) {
      const checksum = present.get(migration.name);
      if (checksum === undefined) {
        await apply(client, migration);
        applied.push(migration.name);
      } else if (checksum !== migration.checksum) {
        throw new MigrationError(`${migration.name} was changed after it had been applied`);
      }
    }
    await migrateDurableSchemas(options.adminUrl);
    return { applied, present: present.size };
  } finally {
    await client.end();
  }
}
