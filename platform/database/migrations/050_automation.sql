-- Workflows, their executions and what these leave behind. Compound foreign keys keep every row in the tenant of
-- what it belongs to.
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

-- One row per schedule of an active workflow. Whoever locks the row runs the slot next_run_at and moves it on.
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
  -- Who is acted for: the caller, or the workflow's owner when nobody called.
  user_id uuid not null,
  trigger text not null check (trigger in ('manual', 'schedule', 'file_upload', 'file_processed', 'command')),
  -- What the trigger may start one execution for only: a schedule's slot, a file's event.
  trigger_key text,
  scheduled_for timestamptz,
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
  input jsonb not null default '{}',
  file jsonb,
  timeout_s integer not null,
  max_retries integer not null,
  error text,
  -- Whether the process that holds it also holds its caller's token, which is stored nowhere.
  holds_token boolean not null,
  -- The process that works on it, and until when it may be believed to live.
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

-- The steps as they were when the execution was made, and how each went.
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

-- Also of the templates that come with the platform, which are in no table.
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

-- Commands of saga steps by their keys, so that a repeated one has no further effect.
create table automation.commands (
  tenant_id uuid not null,
  idempotency_key text not null check (length(idempotency_key) between 1 and 200),
  command text not null,
  -- SHA-256 over command, user and payload.
  request_hash bytea not null,
  -- Null while the command is at work.
  result jsonb,
  -- After this a command without result is taken for dead and may be begun again.
  held_until timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, idempotency_key)
);
call migrations.protect_tenant_table('automation.commands');

-- Schedules and abandoned executions have to be found before a tenant is known, where row-level security shows
-- nothing. Two of these functions lock one such row and tell its keys and tenant, nothing of its content; a locked
-- row is passed over by others until the caller's transaction ends. The third prolongs what a process holds, over
-- all tenants at once. They run as the owner, as which nobody can log in, through policies of its own.
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
