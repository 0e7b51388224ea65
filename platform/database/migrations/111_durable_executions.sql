-- Workflows belong to a workspace and act for a user by a grant; their executions are durable runs.

-- Until now they belonged to the tenant only: its default workspace, or its oldest one, takes them. Without any, nobody
-- can reach them, and they are switched off.
alter table automation.workflows add column workspace_id uuid;
alter table automation.workflows no force row level security;
alter table automation.executions no force row level security;
alter table identity.workspaces no force row level security;
update automation.workflows w
set workspace_id = (select s.id from identity.workspaces s where s.tenant_id = w.tenant_id
                    order by s.is_default desc, s.created_at, s.id limit 1);
update automation.workflows set workspace_id = tenant_id, status = 'inactive' where workspace_id is null;

alter table automation.executions
  add column workspace_id uuid,
  -- The grant by which it acts for its user; null if its steps need no rights.
  add column grant_id uuid,
  -- Increases when an execution is continued after a pause or a failure: each continuation is a durable run of its own.
  add column generation integer not null default 0,
  -- When it began to run since it was last continued, and the time for which it ran before, seconds.
  add column resumed_at timestamptz,
  add column ran_s integer not null default 0,
  add column pause_requested boolean not null default false;
update automation.executions e set workspace_id = w.workspace_id
from automation.workflows w where w.id = e.workflow_id;
-- Nobody works on these any more: their processes kept them in memory.
update automation.executions set status = 'failed', error = 'Interrupted: the process that ran this execution ended',
  completed_at = now()
where status in ('pending', 'running');

alter table automation.workflows force row level security;
alter table automation.executions force row level security;
alter table identity.workspaces force row level security;

alter table automation.workflows
  alter column workspace_id set not null,
  -- By which its automatic executions act for the owner. Null: the owner must save it again before it starts by itself.
  add column grant_id uuid,
  -- Why it is paused, if the platform has paused it.
  add column paused_reason text;
create index workflows_by_workspace on automation.workflows (tenant_id, workspace_id, created_at desc, id);

drop function automation.lock_abandoned_execution(timestamptz);
drop function automation.renew_leases(uuid, timestamptz);
drop policy find_abandoned on automation.executions;
drop index automation.executions_open;
drop index automation.executions_held;
alter table automation.executions
  alter column workspace_id set not null,
  drop column holds_token,
  drop column worker,
  drop column lease_until,
  drop constraint executions_status_check,
  add constraint executions_status_check
    check (status in ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  drop constraint executions_trigger_check,
  add constraint executions_trigger_check
    check (trigger in ('manual', 'schedule', 'file_upload', 'file_processed', 'record_changed', 'webhook', 'command'));
create index executions_open on automation.executions (workflow_id) where status in ('pending', 'running', 'paused');

-- Parts of a step that are remembered on their own: the rounds of a loop, the branches of a parallel step.
create table automation.execution_parts (
  execution_id uuid not null,
  tenant_id uuid not null,
  -- `<step>.<round or branch>.<step within it>`
  path text not null check (length(path) between 1 and 50),
  attempts integer not null default 1,
  status text not null check (status in ('running', 'completed', 'failed')),
  result jsonb,
  error text,
  primary key (execution_id, path),
  foreign key (execution_id, tenant_id) references automation.executions (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('automation.execution_parts');

-- Every version of a workflow, as it was saved. Executions name the version that they run.
create table automation.workflow_versions (
  workflow_id uuid not null,
  tenant_id uuid not null,
  version integer not null,
  name text not null,
  description text not null,
  steps jsonb not null,
  triggers jsonb not null,
  max_retries integer not null,
  timeout_s integer not null,
  changed_by uuid not null,
  changed_at timestamptz not null default now(),
  primary key (workflow_id, version),
  foreign key (workflow_id, tenant_id) references automation.workflows (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('automation.workflow_versions');

-- A workflow keeps the version it had before its versions were kept.
alter table automation.workflows no force row level security;
alter table automation.workflow_versions no force row level security;
insert into automation.workflow_versions
  (workflow_id, tenant_id, version, name, description, steps, triggers, max_retries, timeout_s, changed_by, changed_at)
select id, tenant_id, version, name, description, steps, triggers, max_retries, timeout_s, owner_id, updated_at
from automation.workflows;
alter table automation.workflows force row level security;
alter table automation.workflow_versions force row level security;
