-- Sagas, their steps and their event logs. Ids are unique within a tenant, so an id chosen by one tenant reveals nothing
-- about another.
create table sagas.sagas (
  tenant_id uuid not null,
  id uuid not null,
  started_by uuid not null,
  type text,
  pattern text not null check (pattern in ('orchestration', 'choreography')),
  status text not null check (status in ('pending', 'running', 'completed', 'compensating', 'compensated',
                                         'compensation_failed', 'failed', 'timeout')),
  error text,
  -- json, not jsonb: responses of peers are stored unchanged, including text that jsonb cannot store.
  metadata json not null,
  definition json not null,
  input json not null,
  -- SHA-256 of the request, to distinguish a repeated start from another saga with the same id.
  request_hash bytea not null,
  -- Number of the latest event in its log.
  version integer not null default 0,
  -- Reason to end before the last step. Any process sets it; the process that runs the saga obeys it.
  stop_reason text,
  -- Lease of the process that runs it, and the time until which that process counts as alive. Every claim creates a
  -- new lease: writes of a process that has lost the saga match no row.
  lease uuid unique,
  lease_until timestamptz,
  timeout_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((lease is null) = (lease_until is null)),
  check (lease is null or status in ('pending', 'running', 'compensating'))
);
create index sagas_newest_first on sagas.sagas (tenant_id, created_at desc, id);
create index sagas_unfinished on sagas.sagas (created_at) where status in ('pending', 'running', 'compensating');
call migrations.protect_tenant_table('sagas.sagas');

create table sagas.steps (
  tenant_id uuid not null,
  saga_id uuid not null,
  position integer not null check (position >= 0),
  step_id text not null,
  service text not null,
  action text not null,
  status text not null default 'pending'
    check (status in ('pending', 'running', 'completed', 'failed', 'compensated', 'skipped')),
  attempts integer not null default 0,
  result json,
  error text,
  started_at timestamptz,
  completed_at timestamptz,
  -- Type of the event that it waits for, and the event once it has arrived.
  waits_for text,
  received json,
  primary key (tenant_id, saga_id, position),
  unique (tenant_id, saga_id, step_id),
  foreign key (tenant_id, saga_id) references sagas.sagas (tenant_id, id)
);
create index steps_waiting on sagas.steps (tenant_id, waits_for) where waits_for is not null and received is null;
call migrations.protect_tenant_table('sagas.steps');

create table sagas.events (
  tenant_id uuid not null,
  saga_id uuid not null,
  version integer not null check (version > 0),
  type text not null,
  data json not null,
  at timestamptz not null,
  -- One stream of events per saga. Two writers cannot both write the n-th event.
  primary key (tenant_id, saga_id, version),
  foreign key (tenant_id, saga_id) references sagas.sagas (tenant_id, id)
);
call migrations.protect_tenant_table('sagas.events');

-- The log is append-only. Sagas and steps are never deleted.
revoke update, delete on sagas.events from saga_service;
revoke delete on sagas.sagas, sagas.steps from saga_service;

-- The search for a saga to take over has no tenant, so row-level security hides all rows. These functions read and write
-- only leases of unfinished sagas, as a role that cannot log in and owns no table.
grant usage on schema sagas to pyairtable_jobs;
grant select (tenant_id, id, started_by, status, lease, lease_until, created_at), update (lease, lease_until)
  on sagas.sagas to pyairtable_jobs;
create policy find_work on sagas.sagas for select to pyairtable_jobs
  using (status in ('pending', 'running', 'compensating'));
create policy take_work on sagas.sagas for update to pyairtable_jobs
  using (status in ('pending', 'running', 'compensating'))
  with check (status in ('pending', 'running', 'compensating'));

-- Claims the oldest saga without a lease or with an expired one. It skips a row that another process is claiming, so
-- exactly one process gets it.
create function sagas.claim_saga(lease_seconds integer)
returns table (tenant_id uuid, id uuid, started_by uuid, lease uuid)
language sql volatile security definer set search_path = ''
as $$
  update sagas.sagas s
  set lease = gen_random_uuid(), lease_until = now() + make_interval(secs => lease_seconds)
  where (s.tenant_id, s.id) = (
    select w.tenant_id, w.id from sagas.sagas w
    where w.status in ('pending', 'running', 'compensating') and (w.lease_until is null or w.lease_until < now())
    order by w.created_at
    for update skip locked
    limit 1
  )
  returning s.tenant_id, s.id, s.started_by, s.lease
$$;

-- Renews leases and returns those that are still held.
create function sagas.renew_leases(held uuid[], lease_seconds integer)
returns table (lease uuid)
language sql volatile security definer set search_path = ''
as $$
  update sagas.sagas s
  set lease_until = now() + make_interval(secs => lease_seconds)
  where s.lease = any (held)
  returning s.lease
$$;

create function sagas.release_leases(held uuid[])
returns void
language sql volatile security definer set search_path = ''
as $$
  update sagas.sagas s set lease = null, lease_until = null where s.lease = any (held)
$$;

-- The new owner of a function needs the right to create in its schema while it becomes the owner.
grant create on schema sagas to pyairtable_jobs;
alter function sagas.claim_saga(integer) owner to pyairtable_jobs;
alter function sagas.renew_leases(uuid[], integer) owner to pyairtable_jobs;
alter function sagas.release_leases(uuid[]) owner to pyairtable_jobs;
revoke create on schema sagas from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function sagas.claim_saga(integer), sagas.renew_leases(uuid[], integer), sagas.release_leases(uuid[])
  from public;
grant execute on function sagas.claim_saga(integer), sagas.renew_leases(uuid[], integer), sagas.release_leases(uuid[])
  to saga_service;
