import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import type { Caller } from '../caller.ts';
import { toUser, type User } from './user.ts';

/** Maximum number of users whose names this process knows to be stored. */
const maxRemembered = 10_000;

/** Stores who writes, so that records can name their authors. Each user costs one statement per process. */
export function createAuthorStore(database: Database): (caller: Caller) => Promise<void> {
  const remembered = new Set<string>();
  return async (caller) => {
    const { tenantId, userId, email, name } = caller;
    const key = JSON.stringify([tenantId, userId, email, name]);
    if (remembered.has(key)) return;
    await database.tenantQuery(
      caller,
      {
        name: 'airtable_remember_author',
        text: `
          insert into airtable.collaborators as c (tenant_id, user_id, email, name) values ($1, $2, $3, $4)
          on conflict (tenant_id, user_id) do update set email = excluded.email, name = excluded.name
          where (c.email, c.name) is distinct from (excluded.email, excluded.name)`,
      },
      [tenantId, userId, email, name],
    );
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.add(key);
  };
}

/** Authors by the platform's id. */
export async function loadAuthors(
  query: Transaction['query'],
  ids: readonly string[],
): Promise<Map<string, User>> {
  const { rows } = await query<{ id: string; email: string; name: string }>(
    {
      name: 'airtable_authors',
      text: 'select user_id as id, email, name from airtable.collaborators where user_id = any($1)',
    },
    [ids],
  );
  return new Map(rows.map((row) => [row.id, toUser(row)]));
}
