import type { z } from 'zod';
import type { AccessClaims } from '../../contracts/identity.ts';
import type { Paging } from '../../contracts/paging.ts';
import type { Profile, ProfileChange } from '../../contracts/user-service/contract.ts';
import type { ListDefinition } from '../../kit/lists/list-definition.ts';
import { asTenant, type ListPage, readList } from '../../kit/lists/read-list.ts';
import type { Database, Tenant } from '../../kit/postgres/database.ts';
import { likePattern } from './like-pattern.ts';

const columns = `id, tenant_id, email, display_name, first_name, last_name, avatar_url, bio, phone, role, preferences,
  created_at, updated_at`;

export interface NewProfile {
  id: string;
  email: string;
  displayName: string;
  firstName: string | null;
  lastName: string | null;
  role: Profile['role'];
}

const byId = {
  name: 'profile_by_id',
  text: `select ${columns} from profiles.profiles where id = $1`,
};

/** The profile, if it is in the caller's tenant. */
export async function findProfile(database: Database, who: Tenant, id: string): Promise<Profile | undefined> {
  const { rows } = await database.tenantRead<Profile>(who, byId, [id]);
  return rows[0];
}

/*
 * Two first requests may insert at the same time; both then return the same row. Email and role of a token are newer
 * than the stored ones. A row of another tenant is neither read nor changed.
 */
const createOrRefresh = {
  name: 'create_or_refresh_profile',
  text: `
    insert into profiles.profiles (id, tenant_id, email, display_name, first_name, last_name, role)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (id) do update set email = excluded.email, role = excluded.role, updated_at = now()
    returning ${columns}`,
};

export async function createProfile(database: Database, who: Tenant, profile: NewProfile): Promise<Profile> {
  const { rows } = await database.tenantQuery<Profile>(who, createOrRefresh, [
    profile.id,
    who.tenantId,
    profile.email,
    profile.displayName,
    profile.firstName,
    profile.lastName,
    profile.role,
  ]);
  return rows[0] as Profile;
}

/** The caller's own profile. It is created at the first request; email and role follow the token. */
export async function ownProfile(database: Database, claims: AccessClaims): Promise<Profile> {
  const who = { tenantId: claims.tenant_id, userId: claims.user_id };
  const found = await findProfile(database, who, claims.user_id);
  if (found !== undefined && found.email === claims.email && found.role === claims.role) return found;
  return createProfile(database, who, {
    id: claims.user_id,
    email: claims.email,
    displayName: claims.name,
    firstName: null,
    lastName: null,
    role: claims.role,
  });
}

const changeable = [
  'display_name',
  'first_name',
  'last_name',
  'avatar_url',
  'bio',
  'phone',
  'preferences',
] as const satisfies readonly (keyof z.output<typeof ProfileChange>)[];

/** Changes the given fields; the row must exist. */
export async function changeProfile(
  database: Database,
  who: Tenant,
  change: z.output<typeof ProfileChange>,
): Promise<Profile> {
  const given = changeable.filter((column) => change[column] !== undefined);
  const assignments = given.map((column, index) => `${column} = $${index + 2}`);
  const { rows } = await database.tenantQuery<Profile>(
    who,
    `update profiles.profiles set ${[...assignments, 'updated_at = now()'].join(', ')} where id = $1 returning ${columns}`,
    [who.userId, ...given.map((column) => change[column])],
  );
  return rows[0] as Profile;
}

export const profileList: ListDefinition = {
  name: 'list_profiles',
  table: 'profiles.profiles',
  columns,
  sortedBy: [
    { column: 'name_key', type: 'text' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'asc',
};

/** One page of the tenant's profiles by name. A search reads all profiles that it does not find. */
export function listProfiles(
  database: Database,
  who: Tenant,
  { search, ...paging }: Paging & { search?: string | undefined },
): Promise<ListPage<Profile>> {
  return readList(asTenant(database, who), profileList, {
    ...paging,
    filters: [
      search
        ? {
            name: 'search',
            where: (pattern) =>
              `(e.display_name ilike ${pattern} or e.email ilike ${pattern} or e.first_name ilike ${pattern}
                or e.last_name ilike ${pattern})`,
            value: likePattern(search),
          }
        : undefined,
    ],
  });
}

export interface ProfileStats {
  total: number;
  active: number;
  created_last_30_days: number;
}

export async function countProfiles(database: Database, who: Tenant): Promise<ProfileStats> {
  const { rows } = await database.tenantQuery<ProfileStats>(who, {
    name: 'count_profiles',
    // The last 30 days are the hours that have begun since, and the profiles from then to the first of them.
    text: `
      select coalesce(sum(c.number) filter (where c.counted = 'profiles'), 0)::bigint as total,
             coalesce(sum(c.number) filter (where c.counted = 'profiles' and c.state = 'active'), 0)::bigint as active,
             coalesce(sum(c.number) filter (where c.counted = 'created_profiles'), 0)::bigint
               + (select count(*) from profiles.profiles p
                  where p.created_at > now() - interval '30 days'
                    and p.created_at < date_trunc('hour', now() - interval '30 days', 'UTC') + interval '1 hour')
               as created_last_30_days
      from profiles.row_counts c
      where c.counted = 'profiles'
        or c.counted = 'created_profiles' and c.state > to_char(now() at time zone 'UTC' - interval '30 days', 'YYYY-MM-DD HH24')`,
  });
  return rows[0] as ProfileStats;
}

/** Takes over the values of platform-services. No effect without a profile: the first request creates it. */
export async function refreshProfile(
  database: Database,
  who: Tenant,
  user: { email: string; role: Profile['role']; is_active: boolean },
): Promise<void> {
  await database.tenantQuery(
    who,
    {
      name: 'refresh_profile',
      text: `update profiles.profiles set email = $2, role = $3, is_active = $4, updated_at = now()
             where id = $1 and (email, role, is_active) is distinct from ($2, $3, $4::boolean)`,
    },
    [who.userId, user.email, user.role, user.is_active],
  );
}

export async function deleteProfile(database: Database, who: Tenant): Promise<void> {
  await database.tenantQuery(
    who,
    { name: 'delete_profile', text: 'delete from profiles.profiles where id = $1' },
    [who.userId],
  );
}
