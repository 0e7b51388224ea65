import type { Pool } from 'pg';

/** A defect of the platform, as a trigger in the database. */
export interface Sabotage {
  /** When it happens and on which table, e.g. `before update of role on identity.users`. */
  on: string;
  /** Statements in PL/pgSQL that end with a return. */
  does: string;
}

/** Does the work while triggers break the platform. They act with the rights of the service that changes a row. */
export async function withTriggers<T>(
  admin: Pool,
  sabotages: readonly Sabotage[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    await admin.query('grant usage on schema public to public');
    for (const [index, { on, does }] of sabotages.entries()) {
      const name = `public.sabotage_${index}`;
      await admin.query(
        `create function ${name}() returns trigger language plpgsql as $sabotage$ begin ${does} end $sabotage$`,
      );
      await admin.query(`grant execute on function ${name} to public`);
      await admin.query(`create trigger sabotage_${index} ${on} for each row execute function ${name}()`);
    }
    return await work();
  } finally {
    for (const index of sabotages.keys())
      await admin.query(`drop function if exists public.sabotage_${index}() cascade`);
    await admin.query('revoke usage on schema public from public');
  }
}
