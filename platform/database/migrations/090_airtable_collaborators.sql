-- Email and name of users who have written to bases of the tenant. They let the service name the authors of records
-- without asking platform-services.
create table airtable.collaborators (
  tenant_id uuid not null,
  user_id uuid not null,
  email text not null,
  name text not null,
  primary key (tenant_id, user_id)
);
call migrations.protect_tenant_table('airtable.collaborators');

alter table airtable.records
  -- User of the last change; null when it is not known.
  add modified_by uuid,
  -- User of the last change of each field. Absent: the user who created the record. Null: not known.
  add touched_by jsonb not null default '{}' check (jsonb_typeof(touched_by) = 'object');

-- Row-level security is forced, so it also limits the owner. These statements are for all tenants.
alter table airtable.records no force row level security;
alter table identity.users no force row level security;
update airtable.records set modified_by = created_by where modified_time = created_time;
update airtable.records
set touched_by = (select coalesce(jsonb_object_agg(key, null), '{}') from jsonb_object_keys(touched) as k (key))
where modified_time <> created_time;
insert into airtable.collaborators (tenant_id, user_id, email, name)
select u.tenant_id, u.id, u.email, u.name from identity.users u
where exists (select from airtable.records r where r.tenant_id = u.tenant_id and r.created_by = u.id);
alter table airtable.records force row level security;
alter table identity.users force row level security;
