-- Webhooks by which signed messages from outside start a workflow.
create table automation.webhooks (
  id uuid primary key,
  tenant_id uuid not null,
  workflow_id uuid not null unique,
  -- Keys that sign messages, encrypted. A signature is computed with the key itself, so a hash does not suffice.
  secret bytea not null,
  former_secret bytea,
  -- Until then messages may be signed with the former key.
  former_until timestamptz,
  created_at timestamptz not null,
  rotated_at timestamptz not null,
  unique (id, tenant_id),
  foreign key (workflow_id, tenant_id) references automation.workflows (id, tenant_id) on delete cascade,
  check ((former_secret is null) = (former_until is null))
);
call migrations.protect_tenant_table('automation.webhooks');

-- Messages that have started an execution: a repeated one starts none.
create table automation.webhook_messages (
  webhook_id uuid not null,
  tenant_id uuid not null,
  message_id text not null check (length(message_id) between 1 and 255),
  execution_id uuid not null,
  received_at timestamptz not null,
  primary key (webhook_id, message_id),
  foreign key (webhook_id, tenant_id) references automation.webhooks (id, tenant_id) on delete cascade
);
create index webhook_messages_by_age on automation.webhook_messages (webhook_id, received_at);
call migrations.protect_tenant_table('automation.webhook_messages');

-- A message names its webhook and no tenant, so row-level security hides all rows. The function runs as a role that
-- cannot log in; see migration 030.
grant usage on schema automation to pyairtable_jobs;
grant select (id, tenant_id, workflow_id, secret, former_secret, former_until) on automation.webhooks
  to pyairtable_jobs;
create policy find_webhook on automation.webhooks for select to pyairtable_jobs using (true);

create function automation.find_webhook(wanted uuid)
returns table (tenant_id uuid, workflow_id uuid, secret bytea, former_secret bytea, former_until timestamptz)
language sql stable security definer set search_path = ''
as $$
  select w.tenant_id, w.workflow_id, w.secret, w.former_secret, w.former_until
  from automation.webhooks w where w.id = wanted
$$;

grant create on schema automation to pyairtable_jobs;
alter function automation.find_webhook(uuid) owner to pyairtable_jobs;
revoke create on schema automation from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function automation.find_webhook(uuid) from public;
grant execute on function automation.find_webhook(uuid) to automation_services;
