-- Sagas run on the durable engine: it knows which process runs a saga and hands it over when that process dies. The
-- leases of our own end here.
drop function sagas.claim_saga(integer);
drop function sagas.renew_leases(uuid[], integer);
drop function sagas.release_leases(uuid[]);
drop policy find_work on sagas.sagas;
drop policy take_work on sagas.sagas;
revoke all on sagas.sagas from pyairtable_jobs;
revoke select (tenant_id, id, started_by, status, lease, lease_until, created_at), update (lease, lease_until)
  on sagas.sagas from pyairtable_jobs;

alter table sagas.sagas
  drop column lease,
  drop column lease_until,
  -- The execution that may write: a new one takes the saga, and writes of an earlier one match no row.
  add column holder uuid,
  -- Number of its durable run. A saga that waits for an event has none; the event starts the next one.
  add column run integer not null default 1,
  -- Whether no durable run exists now. Sagas of earlier releases have none.
  add column parked boolean not null default true,
  -- The grant with which its steps act for the user.
  add column grant_id uuid,
  -- Fields of the input that are secrets, encrypted, until it has ended.
  add column secrets bytea,
  -- Null only for sagas of tenants without a default workspace.
  add column workspace_id uuid;
alter table sagas.sagas alter column parked set default false;

-- Sagas of earlier releases belong to the default workspace of their tenant.
alter table sagas.sagas no force row level security;
alter table identity.workspaces no force row level security;
update sagas.sagas s set workspace_id = w.id
from identity.workspaces w where w.tenant_id = s.tenant_id and w.is_default;
alter table sagas.sagas force row level security;
alter table identity.workspaces force row level security;
create index sagas_workspace on sagas.sagas (tenant_id, workspace_id);
drop index sagas.sagas_unfinished;
create index sagas_unfinished on sagas.sagas (tenant_id) where status in ('pending', 'running', 'compensating');
create index sagas_parked on sagas.sagas (timeout_at) where parked and status in ('pending', 'running', 'compensating');

-- The search for waiting sagas whose time is over has no tenant; see migration 030.
grant select (tenant_id, id, started_by, status, parked, timeout_at) on sagas.sagas to pyairtable_jobs;
create policy find_overdue on sagas.sagas for select to pyairtable_jobs
  using (parked and status in ('pending', 'running', 'compensating'));

create function sagas.overdue_sagas(now timestamptz, at_most integer)
returns table (tenant_id uuid, id uuid, started_by uuid)
language sql stable security definer set search_path = ''
as $$
  select s.tenant_id, s.id, s.started_by from sagas.sagas s
  where s.parked and s.status in ('pending', 'running', 'compensating') and s.timeout_at <= now
  order by s.timeout_at limit at_most
$$;

grant create on schema sagas to pyairtable_jobs;
alter function sagas.overdue_sagas(timestamptz, integer) owner to pyairtable_jobs;
revoke create on schema sagas from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function sagas.overdue_sagas(timestamptz, integer) from public;
grant execute on function sagas.overdue_sagas(timestamptz, integer) to saga_service;
