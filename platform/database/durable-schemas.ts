import pg from 'pg';
import { ownerRole, type ServiceRole } from './roles.ts';

/** Schemas of the durable engine, by the service that uses them. The engine creates their tables itself. */
export const durableSchemas = {
  saga_service: 'saga_runs',
  automation_services: 'automation_runs',
} as const satisfies Partial<Record<ServiceRole, string>>;

/**
 * Brings the engine's tables up to date. Its tables have no tenant policy, so services put only ids into them. A
 * service can read and change rows of its own schema, and nothing else. It is idempotent; concurrent jobs run in
 * sequence by a lock of the engine.
 * @param adminUrl URL of the migrated database with a superuser's rights
 */
export async function migrateDurableSchemas(adminUrl: string): Promise<void> {
  const loaded: typeof import('@dbos-inc/dbos-sdk') & { default?: typeof import('@dbos-inc/dbos-sdk') } =
    await import('@dbos-inc/dbos-sdk');
  // In a bundle, a CommonJS package has a default export only.
  const { DBOS } = loaded.default ?? loaded;
  const asOwner = new URL(adminUrl);
  asOwner.searchParams.set('options', `-c role=${ownerRole}`);
  const client = new pg.Client({ connectionString: asOwner.href });
  await client.connect();
  try {
    for (const [role, schema] of Object.entries(durableSchemas)) {
      await withoutConsole(() => DBOS.migrate(asOwner.href, { schemaName: schema }));
      await client.query(`
        grant usage on schema ${schema} to ${role};
        grant select, insert, update, delete on all tables in schema ${schema} to ${role};
        revoke insert, update, delete on ${schema}.dbos_migrations from ${role};
        grant usage on all sequences in schema ${schema} to ${role};
        grant execute on all functions in schema ${schema} to ${role};
      `);
    }
  } finally {
    await client.end();
  }
}

/** The engine reports to the console that it migrates, and the log of this job has one JSON object per line. */
async function withoutConsole(work: () => Promise<void>): Promise<void> {
  const { log } = console;
  console.log = () => {};
  try {
    await work();
  } finally {
    console.log = log;
  }
}
