-- Delegated authority: a service may act for a user in one run or workflow. Access tokens are minted from a grant for
-- minutes; no token is stored.
create table identity.grants (
  id uuid primary key,
  tenant_id uuid not null references identity.tenants on delete cascade,
  user_id uuid not null references identity.users on delete cascade,
  service text not null,
  purpose text not null check (length(purpose) between 1 and 200),
  run_id text not null check (length(run_id) between 1 and 100),
  -- Null: not limited to a workspace. No foreign key: a run in a deleted workspace ends with a reason.
  workspace_id uuid,
  -- Right in the workspace that the run needs.
  level text not null check (level in ('read', 'comment', 'edit', 'create', 'manage', 'own')),
  scopes text[] not null check (cardinality(scopes) <= 200),
  compensation_scopes text[] not null default '{}' check (cardinality(compensation_scopes) <= 200),
  -- Null: every base of the user.
  resources jsonb,
  -- The personal access token with which the user asked. The grant ends with it.
  personal_token_id text,
  -- The grant with whose token the user's run asked.
  parent_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, parent_id) references identity.grants (tenant_id, id) on delete set null (parent_id)
);
create index grants_user_id on identity.grants (user_id, created_at desc);
create index grants_tenant_id on identity.grants (tenant_id);
create index grants_parent on identity.grants (tenant_id, parent_id) where parent_id is not null;
create index grants_personal_token on identity.grants (personal_token_id) where personal_token_id is not null;
call migrations.protect_tenant_table('identity.grants');

-- The second name of an action: the service that acted for the user, and its run.
alter table identity.audit_events add column acting_service text, add column run_id text;
