import {
  type FoundUser,
  maxFoundUsers,
  type UserSearch,
} from '../../../contracts/platform-services/authentication.ts';
import type { Database } from '../../../kit/postgres/database.ts';

/** Active users of a tenant that have one of these ids, emails or names; without criteria, all of them. */
export async function findUsers(database: Database, search: UserSearch): Promise<FoundUser[]> {
  const { tenant_id: tenantId, id_prefixes: prefixes, emails, names } = search;
  const isFiltered = (prefixes ?? emails ?? names) !== undefined;
  const { rows } = await database.tenantQuery<FoundUser>(
    { tenantId, userId: tenantId },
    {
      name: 'find_users',
      text: `
        select u.id, u.email, u.name, u.role, u.created_at from identity.users u
        where u.tenant_id = $1 and u.is_active and (not $2
          or exists (
            select from unnest($3::text[]) as p (prefix)
            where u.id between (p.prefix || '-000000000000')::uuid and (p.prefix || '-ffffffffffff')::uuid
          )
          or lower(u.email) = any($4::text[]) or u.name = any($5::text[]))
        order by u.created_at, u.id limit $6`,
    },
    [
      tenantId,
      isFiltered,
      prefixes ?? [],
      (emails ?? []).map((email) => email.toLowerCase()),
      names ?? [],
      maxFoundUsers,
    ],
  );
  return rows;
}
