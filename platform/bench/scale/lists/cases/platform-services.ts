import { auditList, readAuditEvents } from '../../../../services/platform-services/audit/audit-query.ts';
import { readSessions, sessionList } from '../../../../services/platform-services/sessions/read-sessions.ts';
import { listUsers, userList } from '../../../../services/platform-services/tenants/tenant-users.ts';
import { type ListCase, numbers, timeOfRow } from '../list-case.ts';

const account = `
  with tenant as (
    insert into identity.tenants (tenant_id, name, owner_id) values (:tenant, 'Lists', :user) on conflict do nothing
  ), workspace as (
    insert into identity.workspaces (id, tenant_id, name, created_by) values (:workspace, :tenant, 'Lists', :user)
    on conflict do nothing
  )
  insert into identity.users (id, tenant_id, email, name, password_hash)
  values (:user, :tenant, :user || '@example.com', 'Owner', 'none') on conflict do nothing`;
const of = { service: 'platform-services', role: 'platform_services', before: account } as const;

const users: ListCase = {
  ...of,
  id: 'users',
  title: 'Users of a tenant',
  path: () => '/tenant/users',
  entries: 'users',
  list: userList,
  where: 'true',
  fill: `
    with added as (
      insert into identity.users (id, tenant_id, email, name, password_hash)
      select gen_random_uuid(), :tenant, gen_random_uuid() || '@example.com', 'User ' || n / 6, 'none' from ${numbers}
      returning id
    )
    insert into identity.workspace_members (workspace_id, user_id, tenant_id, role)
    select :workspace, id, :tenant, 'editor' from added`,
  async read(database, owner, paging) {
    const { users, ...page } = await listUsers(database, owner, paging);
    return { entries: users, ...page };
  },
};

const audit: ListCase = {
  ...of,
  id: 'audit',
  title: 'Audit log of a tenant',
  path: () => '/audit/events',
  entries: 'events',
  list: auditList,
  where: 'true',
  fill: `insert into identity.audit_events (id, tenant_id, actor_id, event, outcome, created_at)
         select gen_random_uuid(), :tenant, :user, 'login', 'success', ${timeOfRow}
         from ${numbers}`,
  read: (database, owner, paging) => readAuditEvents(database, owner, { ...paging, ofTenant: true }),
};

const sessions: ListCase = {
  ...of,
  id: 'sign-in-sessions',
  title: 'Sign-in sessions of a user',
  path: () => '/auth/sessions',
  entries: 'sessions',
  list: sessionList,
  where: 'e.user_id = :user and e.revoked_at is null and e.expires_at > now()',
  fill: `insert into identity.sessions (id, tenant_id, user_id, last_used_at, expires_at)
         select gen_random_uuid(), :tenant, :user, ${timeOfRow}, now() + interval '1 day' from ${numbers}`,
  async read(database, owner, paging) {
    const { entries, ...page } = await readSessions(database, owner, paging);
    return { entries, ...page };
  },
};

export const platformServicesLists = [users, audit, sessions];
