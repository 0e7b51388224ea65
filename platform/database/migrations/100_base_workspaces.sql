-- Every base of the embedded Airtable belongs to a workspace of the platform. Until now the column held any label. A base
-- whose label names no workspace of its tenant moves to the default workspace of the tenant.
alter table airtable.bases rename column workspace_id to workspace_label;
alter table airtable.bases add workspace_id uuid;

-- Row-level security is forced, so it also limits the owner. These statements are for all tenants.
alter table airtable.bases no force row level security;
alter table identity.workspaces no force row level security;
update airtable.bases b
set workspace_id = (
  select w.id from identity.workspaces w
  where w.tenant_id = b.tenant_id and (w.is_default or w.id::text = lower(b.workspace_label))
  order by w.is_default
  limit 1
);
-- The tenant is gone or has no default workspace: nobody is a member of this one, so nobody reaches the base.
update airtable.bases set workspace_id = '00000000-0000-0000-0000-000000000000' where workspace_id is null;

-- The metadata tables of synced bases name the same workspace. Null: the default workspace of the tenant.
alter table airtable.airtable_workspaces no force row level security;
alter table airtable.airtable_bases no force row level security;
insert into airtable.airtable_workspaces (tenant_id, workspace_id, workspace_name)
select distinct a.tenant_id, b.workspace_id::text, b.workspace_id::text
from airtable.airtable_bases a join airtable.bases b on b.id = a.base_id and b.tenant_id = a.tenant_id
on conflict (tenant_id, workspace_id) do nothing;
update airtable.airtable_bases a
set workspace_id = (
  select b.workspace_id::text from airtable.bases b where b.id = a.base_id and b.tenant_id = a.tenant_id
);
delete from airtable.airtable_workspaces w
where not exists (
  select from airtable.airtable_bases a where (a.tenant_id, a.workspace_id) = (w.tenant_id, w.workspace_id)
);
alter table airtable.airtable_bases force row level security;
alter table airtable.airtable_workspaces force row level security;
alter table airtable.bases force row level security;
alter table identity.workspaces force row level security;

alter table airtable.bases drop column workspace_label;
alter table airtable.bases alter column workspace_id set not null;
create index bases_by_workspace on airtable.bases (tenant_id, workspace_id, id);
