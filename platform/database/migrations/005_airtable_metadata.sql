-- The metadata schema of the 2025 assessment: five tables, six indexes. Airtable's ids are text. They are unique within
-- a tenant only, since two tenants may sync the same base.
create table airtable.airtable_workspaces (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  workspace_id text not null,
  workspace_name text not null,
  organization_id text,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, workspace_id)
);
call migrations.protect_tenant_table('airtable.airtable_workspaces');

create table airtable.airtable_bases (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  base_id text not null,
  base_name text not null,
  workspace_id text,
  description text,
  permissions jsonb not null default '{}',
  last_sync timestamptz,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, base_id),
  foreign key (tenant_id, workspace_id) references airtable.airtable_workspaces (tenant_id, workspace_id)
    on delete cascade
);
create index idx_airtable_bases_workspace_id on airtable.airtable_bases (workspace_id);
call migrations.protect_tenant_table('airtable.airtable_bases');

create table airtable.airtable_tables (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  table_id text not null,
  table_name text not null,
  base_id text not null,
  field_count integer not null default 0 check (field_count >= 0),
  record_count integer not null default 0 check (record_count >= 0),
  primary_field text,
  schema_definition jsonb not null default '{}',
  view_definitions jsonb not null default '[]',
  last_sync timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, base_id, table_id),
  foreign key (tenant_id, base_id) references airtable.airtable_bases (tenant_id, base_id) on delete cascade
);
create index idx_airtable_tables_base_id on airtable.airtable_tables (base_id);
call migrations.protect_tenant_table('airtable.airtable_tables');

create table airtable.airtable_field_mappings (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  field_id text not null,
  field_name text not null,
  field_type text not null,
  table_id text not null,
  base_id text not null,
  field_config jsonb not null default '{}',
  is_primary boolean not null default false,
  is_required boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, base_id, table_id, field_id),
  foreign key (tenant_id, base_id, table_id)
    references airtable.airtable_tables (tenant_id, base_id, table_id) on delete cascade
);
create index idx_airtable_field_mappings_base_table on airtable.airtable_field_mappings (base_id, table_id);
call migrations.protect_tenant_table('airtable.airtable_field_mappings');

create table airtable.airtable_sync_logs (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  sync_id uuid not null unique,
  base_id text not null,
  table_id text,
  sync_type text not null check (sync_type in ('full', 'incremental', 'schema')),
  sync_status text not null check (sync_status in ('pending', 'running', 'completed', 'failed')),
  records_processed integer not null default 0,
  records_created integer not null default 0,
  records_updated integer not null default 0,
  records_deleted integer not null default 0,
  error_message text,
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  duration_seconds double precision check (duration_seconds >= 0),
  foreign key (tenant_id, base_id) references airtable.airtable_bases (tenant_id, base_id) on delete cascade
);
create index idx_airtable_sync_logs_base_id on airtable.airtable_sync_logs (base_id);
create index idx_airtable_sync_logs_status on airtable.airtable_sync_logs (sync_status);
create index idx_airtable_sync_logs_started_at on airtable.airtable_sync_logs (started_at);
call migrations.protect_tenant_table('airtable.airtable_sync_logs');
