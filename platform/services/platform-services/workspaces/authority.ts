import { type Authority, effectiveRole } from '../../../contracts/rights.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';

const readRoles = {
  name: 'read_authority',
  text: `
    select u.id as user_id, u.tenant_id, u.role, u.is_active, t.owner_id = u.id as owns_tenant,
           coalesce(own.workspaces, '[]') as workspaces,
           (select w.id from identity.workspaces w where w.is_default) as tenant_workspace_id
    from identity.users u join identity.tenants t using (tenant_id)
    left join lateral (
      select json_agg(json_build_object('id', m.workspace_id, 'role', m.role)
                      order by w.is_default desc, m.added_at, m.workspace_id) as workspaces
      from identity.workspace_members m join identity.workspaces w on w.id = m.workspace_id
      where m.user_id = u.id
    ) own on true
    where u.id = $1`,
};

/** The roles of a user that count now; undefined when the tenant has no such user. */
export async function readAuthority(database: Database, who: Tenant): Promise<Authority | undefined> {
  const { rows } = await database.tenantQuery<Omit<Authority, 'default_workspace_id'>>(who, readRoles, [
    who.userId,
  ]);
  const user = rows[0];
  if (user === undefined) return undefined;
  return {
    ...user,
    default_workspace_id: user.workspaces[0]?.id ?? null,
    workspaces: user.workspaces.map(({ id, role }) => ({ id, role: effectiveRole(role, user) })),
  };
}

/** The workspace itself; undefined when the tenant has no such one. Administrators need not be members. */
export async function workspaceOfTenant(
  database: Database,
  who: Tenant,
  id: string,
): Promise<string | undefined> {
  const { rows } = await database.tenantQuery<{ id: string }>(
    who,
    { name: 'workspace_of_tenant', text: 'select id from identity.workspaces where id = $1' },
    [id],
  );
  return rows[0]?.id;
}

/** The rights that this service's own routes need. They are read for every request, so they are never old. */
export function ownAuthorities(database: Database): Authorities {
  return {
    of: (caller) => readAuthority(database, tenantOf(caller)),
    // No route of this service has an answer that takes long.
    onChange: () => () => undefined,
  };
}
