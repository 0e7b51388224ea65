-- Bases of the embedded Airtable. Ids have Airtable's format and are unique across tenants. Compound foreign keys keep
-- every row in the tenant of its parent.
create table airtable.bases (
  id text primary key check (id ~ '^app[A-Za-z0-9]{14}$'),
  tenant_id uuid not null,
  workspace_id text not null check (length(workspace_id) between 1 and 64),
  name text not null check (length(name) between 1 and 255),
  created_by uuid not null,
  created_at timestamptz not null default now(),
  unique (id, tenant_id)
);
create index bases_by_tenant on airtable.bases (tenant_id, created_at, id);
call migrations.protect_tenant_table('airtable.bases');

create table airtable.tables (
  id text primary key check (id ~ '^tbl[A-Za-z0-9]{14}$'),
  tenant_id uuid not null,
  base_id text not null,
  name text not null check (length(name) between 1 and 255),
  description text,
  position integer not null,
  primary_field_id text not null check (primary_field_id ~ '^fld[A-Za-z0-9]{14}$'),
  -- Number of the last created record. It never decreases, so no auto number is used twice.
  last_number bigint not null default 0,
  created_at timestamptz not null default now(),
  unique (id, tenant_id),
  unique (base_id, name),
  foreign key (base_id, tenant_id) references airtable.bases (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('airtable.tables');

create table airtable.fields (
  id text primary key check (id ~ '^fld[A-Za-z0-9]{14}$'),
  tenant_id uuid not null,
  table_id text not null,
  name text not null check (length(name) between 1 and 255),
  type text not null,
  description text,
  options jsonb not null default '{}',
  position integer not null,
  created_at timestamptz not null default now(),
  unique (table_id, name),
  foreign key (table_id, tenant_id) references airtable.tables (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('airtable.fields');

create table airtable.views (
  id text primary key check (id ~ '^viw[A-Za-z0-9]{14}$'),
  tenant_id uuid not null,
  table_id text not null,
  name text not null check (length(name) between 1 and 255),
  type text not null default 'grid',
  position integer not null,
  unique (table_id, name),
  foreign key (table_id, tenant_id) references airtable.tables (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('airtable.views');

create table airtable.records (
  id text primary key check (id ~ '^rec[A-Za-z0-9]{14}$'),
  tenant_id uuid not null,
  table_id text not null,
  -- Order of creation within the table, and value of auto number fields.
  number bigint not null,
  -- Values by field id. Fields without a value are absent.
  cells jsonb not null default '{}' check (jsonb_typeof(cells) = 'object'),
  -- Time of the last change of each field, epoch milliseconds.
  touched jsonb not null default '{}',
  created_time timestamptz not null default now(),
  modified_time timestamptz not null default now(),
  created_by uuid not null,
  unique (id, tenant_id),
  unique (table_id, number),
  foreign key (table_id, tenant_id) references airtable.tables (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('airtable.records');

create table airtable.comments (
  id text primary key check (id ~ '^com[A-Za-z0-9]{14}$'),
  tenant_id uuid not null,
  record_id text not null,
  author_id uuid not null,
  author_email text not null,
  body text not null check (length(body) between 1 and 10000),
  -- The comment to which this one replies.
  parent_id text references airtable.comments (id) on delete cascade,
  created_time timestamptz not null default now(),
  updated_time timestamptz,
  foreign key (record_id, tenant_id) references airtable.records (id, tenant_id) on delete cascade
);
create index comments_by_record on airtable.comments (record_id, created_time, id);
call migrations.protect_tenant_table('airtable.comments');
