import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { TriggerChange } from '../change.ts';

/**
 * Creates a trigger for each row. It acts with the rights of the service that changes the row. Disposing the result
 * removes it.
 */
export async function addTrigger(
  admin: Pool,
  { on, does, atCommit = false }: Omit<TriggerChange, 'kind'>,
): Promise<AsyncDisposable> {
  // A schema of its own: nothing of the platform changes, and one statement removes everything.
  const name = `break_${randomBytes(6).toString('hex')}`;
  const remove = async () => {
    await admin.query(`drop schema if exists ${name} cascade`);
  };
  try {
    await admin.query(`
      create schema ${name};
      grant usage on schema ${name} to public;
      create function ${name}.act() returns trigger language plpgsql as $${name}$ begin ${does} end $${name}$;
      grant execute on function ${name}.act to public;
      create ${atCommit ? 'constraint' : ''} trigger ${name} ${on} ${atCommit ? 'deferrable initially deferred' : ''}
        for each row execute function ${name}.act()`);
  } catch (error) {
    await remove();
    throw error;
  }
  return { [Symbol.asyncDispose]: remove };
}
