create table identity.tenants (
  tenant_id uuid primary key,
  name text not null,
  owner_id uuid not null,
  created_at timestamptz not null default now()
);
call migrations.protect_tenant_table('identity.tenants');

create table identity.users (
  id uuid primary key,
  tenant_id uuid not null references identity.tenants on delete cascade,
  email text not null check (length(email) <= 254),
  name text not null,
  first_name text,
  last_name text,
  role text not null default 'user' check (role in ('user', 'admin', 'moderator', 'readonly')),
  password_hash text not null,
  password_changed_at timestamptz not null default now(),
  is_active boolean not null default true,
  last_login_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- One account per email address in the whole platform, case-insensitive. A unique index covers all tenants.
create unique index users_email_unique on identity.users (lower(email));
create index users_tenant_id on identity.users (tenant_id);
call migrations.protect_tenant_table('identity.users');

create table identity.sessions (
  id uuid primary key,
  tenant_id uuid not null references identity.tenants on delete cascade,
  user_id uuid not null references identity.users on delete cascade,
  address text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoke_reason text
);
create index sessions_user_id on identity.sessions (user_id) where revoked_at is null;
create index sessions_tenant_id on identity.sessions (tenant_id);
call migrations.protect_tenant_table('identity.sessions');

-- Only digests are stored: a reader of this table cannot use a token.
create table identity.refresh_tokens (
  token_hash bytea primary key check (length(token_hash) = 32),
  tenant_id uuid not null references identity.tenants on delete cascade,
  session_id uuid not null references identity.sessions on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_tokens_session_id on identity.refresh_tokens (session_id);
call migrations.protect_tenant_table('identity.refresh_tokens');

-- Not tenant data. The private key is encrypted (AES-256-GCM) with a key that is not in the database.
create table identity.signing_keys (
  kid text primary key,
  public_jwk jsonb not null,
  private_key_sealed bytea not null,
  created_at timestamptz not null default now(),
  -- Set when a newer key takes over. The key is published until then, so its tokens stay valid.
  published_until timestamptz
);

create table identity.workspaces (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references identity.tenants on delete cascade,
  name text not null check (length(name) between 1 and 200),
  description text check (length(description) <= 2000),
  is_default boolean not null default false,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create unique index workspaces_one_default on identity.workspaces (tenant_id) where is_default;
call migrations.protect_tenant_table('identity.workspaces');

create table identity.workspace_members (
  workspace_id uuid not null,
  user_id uuid not null references identity.users on delete cascade,
  tenant_id uuid not null references identity.tenants on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  added_at timestamptz not null default now(),
  primary key (workspace_id, user_id),
  foreign key (tenant_id, workspace_id) references identity.workspaces (tenant_id, id) on delete cascade
);
create index workspace_members_user_id on identity.workspace_members (user_id);
create index workspace_members_tenant_id on identity.workspace_members (tenant_id);
call migrations.protect_tenant_table('identity.workspace_members');

create table identity.invitations (
  token_hash bytea primary key check (length(token_hash) = 32),
  tenant_id uuid not null references identity.tenants on delete cascade,
  workspace_id uuid not null,
  email text not null,
  role text not null check (role in ('admin', 'member', 'viewer')),
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  foreign key (tenant_id, workspace_id) references identity.workspaces (tenant_id, id) on delete cascade
);
create index invitations_tenant_id on identity.invitations (tenant_id);
call migrations.protect_tenant_table('identity.invitations');

-- Security events. The table is append-only: no service may change or delete a row. An event without a known account
-- (a sign-in with an unknown email address) has no tenant, and no service can read it.
create table identity.audit_events (
  id uuid primary key,
  tenant_id uuid,
  actor_id uuid,
  event text not null,
  outcome text not null check (outcome in ('success', 'failure')),
  subject text,
  address text,
  user_agent text,
  request_id text,
  details jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);
create index audit_events_tenant_time on identity.audit_events (tenant_id, created_at desc, id);
alter table identity.audit_events enable row level security;
alter table identity.audit_events force row level security;
create policy tenant_isolation on identity.audit_events for select
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy append_only on identity.audit_events for insert
  with check (tenant_id is null or tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
revoke update, delete on identity.audit_events from platform_services;

create table identity.analytics_events (
  id uuid primary key,
  tenant_id uuid not null references identity.tenants on delete cascade,
  user_id uuid not null,
  event text not null check (length(event) between 1 and 100),
  workspace_id uuid,
  properties jsonb not null default '{}',
  occurred_at timestamptz not null,
  received_at timestamptz not null default now()
);
create index analytics_events_tenant_time on identity.analytics_events (tenant_id, occurred_at);
call migrations.protect_tenant_table('identity.analytics_events');
