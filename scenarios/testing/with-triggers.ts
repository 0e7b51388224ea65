import type { Pool } from 'pg';
import { addTrigger } from '../../harness/faults/changes/add-trigger.ts';

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
  await using added = new AsyncDisposableStack();
  for (const sabotage of sabotages) added.use(await addTrigger(admin, sabotage));
  return await work();
}
