-- Administration of tenants: invitations that can be listed, revoked, sent again and accepted by existing accounts, users
-- who move to a tenant of their own, and changes of users that other services store a copy of.

alter table identity.invitations
  -- Names the invitation without the secret.
  add column id uuid not null default gen_random_uuid(),
  -- The role in the tenant of an account that registers with the invitation.
  add column tenant_role text not null default 'user' check (tenant_role in ('user', 'admin', 'moderator', 'readonly')),
  add column sent_at timestamptz not null default now(),
  add column accepted_by uuid;
create unique index invitations_id on identity.invitations (id);
create index invitations_workspace on identity.invitations (tenant_id, workspace_id, lower(email));

-- Tenants that an account was removed from. Their audit logs still name it; deleting the account erases it there too.
create table identity.former_tenants (
  tenant_id uuid not null references identity.tenants on delete cascade,
  user_id uuid not null references identity.users on delete cascade,
  former_tenant_id uuid not null,
  removed_at timestamptz not null default now(),
  primary key (user_id, former_tenant_id)
);
create index former_tenants_tenant_id on identity.former_tenants (tenant_id);
call migrations.protect_tenant_table('identity.former_tenants');

-- Users whose copy in user-service is out of date. A row is deleted once user-service has confirmed this change.
create table identity.changed_users (
  user_id uuid primary key,
  tenant_id uuid not null,
  change_id uuid not null default gen_random_uuid(),
  changed_at timestamptz not null default now()
);
call migrations.protect_tenant_table('identity.changed_users');

create function identity.note_changed_user()
returns trigger
language plpgsql
as $$
begin
  insert into identity.changed_users (user_id, tenant_id) values (new.id, new.tenant_id)
  on conflict (user_id) do update set tenant_id = excluded.tenant_id, change_id = excluded.change_id, changed_at = now();
  return null;
end
$$;
grant execute on function identity.note_changed_user() to platform_services;

create trigger note_changed_user after update of email, role, is_active on identity.users
for each row when ((old.email, old.role, old.is_active) is distinct from (new.email, new.role, new.is_active))
execute function identity.note_changed_user();

-- The search for changed users has no tenant; see migration 030.
grant select on identity.changed_users to pyairtable_jobs;
create policy find_changed on identity.changed_users for select to pyairtable_jobs using (true);

create function identity.next_changed_users(at_most integer)
returns table (user_id uuid, tenant_id uuid, change_id uuid)
language sql stable security definer set search_path = ''
as $$
  select c.user_id, c.tenant_id, c.change_id from identity.changed_users c order by c.changed_at limit at_most
$$;

grant create on schema identity to pyairtable_jobs;
alter function identity.next_changed_users(integer) owner to pyairtable_jobs;
revoke create on schema identity from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function identity.next_changed_users(integer) from public;
grant execute on function identity.next_changed_users(integer) to platform_services;
