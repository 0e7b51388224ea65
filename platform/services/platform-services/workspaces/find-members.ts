import {
  type FoundMember,
  type MemberSearch,
  maxFoundUsers,
} from '../../../contracts/platform-services/authentication.ts';
import { effectiveRole, type TenantRole, type WorkspaceRole } from '../../../contracts/rights.ts';
import type { Database } from '../../../kit/postgres/database.ts';

interface MemberRow extends Omit<FoundMember, 'membership'> {
  tenant_role: TenantRole;
  owns_tenant: boolean;
  role: WorkspaceRole;
  added_at: string;
}

/** Active members of a workspace that have one of these ids, emails or names; without criteria, all of them. */
export async function findMembers(database: Database, search: MemberSearch): Promise<FoundMember[]> {
  const { tenant_id: tenantId, workspace_id: workspaceId } = search;
  const { id_prefixes: prefixes, emails, names } = search;
  const isFiltered = (prefixes ?? emails ?? names) !== undefined;
  const { rows } = await database.tenantQuery<MemberRow>(
    { tenantId, userId: tenantId },
    {
      name: 'find_members',
      text: `
        select u.id, u.email, u.name, u.role as tenant_role, t.owner_id = u.id as owns_tenant, m.role, m.added_at
        from identity.workspace_members m
        join identity.users u on u.id = m.user_id
        join identity.tenants t on t.tenant_id = u.tenant_id
        where m.workspace_id = $1 and m.tenant_id = $7 and u.is_active and (not $2
          or exists (
            select from unnest($3::text[]) as p (prefix)
            where u.id between (p.prefix || '-000000000000')::uuid and (p.prefix || '-ffffffffffff')::uuid
          )
          or lower(u.email) = any($4::text[]) or u.name = any($5::text[]))
        order by u.created_at, u.id limit $6`,
    },
    [
      workspaceId,
      isFiltered,
      prefixes ?? [],
      (emails ?? []).map((email) => email.toLowerCase()),
      names ?? [],
      maxFoundUsers,
      tenantId,
    ],
  );
  return rows.map(({ id, email, name, tenant_role, owns_tenant, role, added_at }) => ({
    id,
    email,
    name,
    membership: { role: effectiveRole(role, { role: tenant_role, owns_tenant }), added_at },
  }));
}
