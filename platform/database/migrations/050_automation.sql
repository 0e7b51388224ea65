-- Workflows, their executions, and related data. Compound foreign keys keep every row in the tenant of its parent.
create table automation.workflows (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  owner_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  description text not null default '',
  steps jsonb not null check (jsonb_typeof(steps) = 'array'),
  triggers jsonb not null default '[]' check (jsonb_typeof(triggers) = 'array'),
  status text not null check (status in ('active', 'paused', 'inactive')),
  max_retries integer not null check (max_retries between 0 and 10),
  timeout_s integer not null check (timeout_s between 1 and 3600),
  version integer not null default 1,
  executions integer not null default 0,
  successful_executions integer not null default 0,
  failed_executions integer not null default 0,
  last_run_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, tenant_id)
);
create index workflows_by_tenant on automation.workflows (tenant_id, created_at desc, id);
call migrations.protect_tenant_table('automation.workflows');

-- One row per schedule of an active workflow. The process that locks a row runs the slot next_run_at and advances it.
create table automation.schedules (
  workflow_id uuid not null,
  tenant_id uuid not null,
  trigger_index integer not null,
  cron text not null,
  time_zone text not null,
  next_run_at timestamptz not null,
  primary key (workflow_id, trigger_index),
  foreign key (workflow_id, tenant_id) references automation.workflows (id, tenant_id) on delete cascade
);
create index schedules_due on automation.schedules (next_run_at);
call migrations.protect_tenant_table('automation.schedules');

create table automation.executions (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  workflow_id uuid not null,
  workflow_version integer not null,
  -- The user on whose behalf it runs: the caller, or the workflow's owner if there is no caller.
  user_id uuid not null,
  trigger text not null check (trigger in ('manual', 'schedule', 'file_upload', 'file_processed', 'command')),
  -- Key for which the trigger may start only one execution: a slot of a schedule, an event of a file.
  trigger_key text,
  scheduled_for timestamptz,
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
  input jsonb not null default '{}',
  file jsonb,
  timeout_s integer not null,
  max_retries integer not null,
  error text,
  -- Whether its process has the caller's token, which is never stored.
  holds_token boolean not null,
  -- The process that works on it, and the time until which that process counts as alive.
  worker uuid not null,
  lease_until timestamptz not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  unique (id, tenant_id),
  unique (workflow_id, trigger_key),
  foreign key (workflow_id, tenant_id) references automation.workflows (id, tenant_id) on delete cascade
);
create index executions_by_tenant on automation.executions (tenant_id, created_at desc, id);
create index executions_by_workflow on automation.executions (workflow_id, created_at desc, id);
create index executions_open on automation.executions (lease_until) where status in ('pending', 'running');
create index executions_held on automation.executions (worker) where status in ('pending', 'running');
call migrations.protect_tenant_table('automation.executions');

-- The steps as of the start of the execution, with their state and result.
create table automation.execution_steps (
  execution_id uuid not null,
  tenant_id uuid not null,
  index integer not null,
  type text not null,
  name text,
  config jsonb not null,
  continue_on_error boolean not null,
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed', 'skipped')),
  attempts integer not null default 0,
  result jsonb,
  error text,
  started_at timestamptz,
  completed_at timestamptz,
  primary key (execution_id, index),
  foreign key (execution_id, tenant_id) references automation.executions (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('automation.execution_steps');

create table automation.execution_logs (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  execution_id uuid not null,
  at timestamptz not null,
  level text not null check (level in ('debug', 'info', 'warn', 'error')),
  step integer,
  message text not null,
  foreign key (execution_id, tenant_id) references automation.executions (id, tenant_id) on delete cascade
);
create index execution_logs_by_execution on automation.execution_logs (execution_id, id);
call migrations.protect_tenant_table('automation.execution_logs');

create table automation.templates (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  created_by uuid not null,
  name text not null check (length(name) between 1 and 200),
  category text not null check (length(category) between 1 and 100),
  description text not null default '',
  steps jsonb not null check (jsonb_typeof(steps) = 'array'),
  triggers jsonb not null default '[]' check (jsonb_typeof(triggers) = 'array'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index templates_by_tenant on automation.templates (tenant_id, created_at, id);
call migrations.protect_tenant_table('automation.templates');

-- Includes uses of the built-in templates, which are not stored in a table.
create table automation.template_uses (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  template_id uuid not null,
  workflow_id uuid not null,
  user_id uuid not null,
  used_at timestamptz not null default now()
);
create index template_uses_by_template on automation.template_uses (tenant_id, template_id);
call migrations.protect_tenant_table('automation.template_uses');

create table automation.notifications (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  recipient_id uuid not null,
  subject text not null check (length(subject) between 1 and 200),
  body text not null check (length(body) <= 10000),
  read boolean not null default false,
  created_at timestamptz not null default now()
);
create index notifications_by_recipient on automation.notifications (tenant_id, recipient_id, created_at desc, id);
call migrations.protect_tenant_table('automation.notifications');

-- Commands of saga steps by their keys. A repeated command has no further effect.
create table automation.commands (
  tenant_id uuid not null,
  idempotency_key text not null check (length(idempotency_key) between 1 and 200),
  command text not null,
  -- SHA-256 over command, user and payload.
  request_hash bytea not null,
  -- Null while the command is running.
  result jsonb,
  -- After this time, a command without a result counts as failed and may be started again.
  held_until timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, idempotency_key)
);
call migrations.protect_tenant_table('automation.commands');

-- The search for due schedules and abandoned executions has no tenant, so row-level security hides all rows. Two of
-- these functions lock one such row and return its keys and tenant, but not its content. Other processes skip a locked
-- row until the caller's transaction ends. The third function renews the leases of a process across all tenants. They
-- run as the owner, which cannot log in, through its own policies.
create policy find_due on automation.schedules to pyairtable_owner using (true) with check (false);
create policy find_abandoned on automation.executions to pyairtable_owner using (true) with check (true);

create function automation.lock_due_schedule(at timestamptz)
returns table (workflow_id uuid, tenant_id uuid, trigger_index integer, slot timestamptz)
language sql volatile security definer set search_path = ''
as $$
  select s.workflow_id, s.tenant_id, s.trigger_index, s.next_run_at
  from automation.schedules s
  where s.next_run_at <= at
  order by s.next_run_at
  limit 1
  for update skip locked
$$;

create function automation.lock_abandoned_execution(at timestamptz)
returns table (id uuid, tenant_id uuid, user_id uuid)
language sql volatile security definer set search_path = ''
as $$
  select e.id, e.tenant_id, e.user_id
  from automation.executions e
  where e.status in ('pending', 'running') and e.lease_until < at
  order by e.lease_until
  limit 1
  for update skip locked
$$;

create function automation.renew_leases(holder uuid, until timestamptz)
returns table (id uuid)
language sql volatile security definer set search_path = ''
as $$
  update automation.executions e set lease_until = until
  where e.worker = holder and e.status in ('pending', 'running')
  returning e.id
$$;

revoke all on function automation.lock_due_schedule(timestamptz), automation.lock_abandoned_execution(timestamptz),
  automation.renew_leases(uuid, timestamptz) from public;
grant execute on function automation.lock_due_schedule(timestamptz), automation.lock_abandoned_execution(timestamptz),
  automation.renew_leases(uuid, timestamptz) to automation_services;
