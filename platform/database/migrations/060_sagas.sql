-- Sagas, their steps and their event logs. Identities are unique within a tenant, so that an id chosen by one tenant
-- says nothing about another's.
create table sagas.sagas (
  tenant_id uuid not null,
  id uuid not null,
  started_by uuid not null,
  type text,
  pattern text not null check (pattern in ('orchestration', 'choreography')),
  status text not null check (status in ('pending', 'running', 'completed', 'compensating', 'compensated',
                                         'compensation_failed', 'failed', 'timeout')),
  error text,
  -- json, not jsonb: what peers answered is kept as it came, also text that jsonb cannot hold.
  metadata json not null,
  definition json not null,
  input json not null,
  -- SHA-256 of what was asked for, to tell the repetition of a start from another saga with the same id.
  request_hash bytea not null,
  -- Number of the latest event of its log.
  version integer not null default 0,
  -- Why it is to end before its last step; set by anybody, obeyed by who runs it.
  stop_reason text,
  -- Who runs it, and until when that process is believed to be alive. A new lease at every taking: writes of a
  -- process that has lost the saga meanwhile find no row.
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
  -- Type of the event it waits for, and the event once it has come.
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
  -- A stream of events per saga; two writers cannot both be the n-th.
  primary key (tenant_id, saga_id, version),
  foreign key (tenant_id, saga_id) references sagas.sagas (tenant_id, id)
);
call migrations.protect_tenant_table('sagas.events');

-- The log is append-only, and nothing else is ever deleted.
revoke update, delete on sagas.events from saga_service;
revoke delete on sagas.sagas, sagas.steps from saga_service;

-- Which saga to take over is asked without a tenant, where row-level security shows nothing. These functions tell and
-- touch nothing but leases of unfinished sagas, as a role that cannot log in and owns no table.
grant usage on schema sagas to pyairtable_jobs;
grant select (tenant_id, id, started_by, status, lease, lease_until, created_at), update (lease, lease_until)
  on sagas.sagas to pyairtable_jobs;
create policy find_work on sagas.sagas for select to pyairtable_jobs
  using (status in ('pending', 'running', 'compensating'));
create policy take_work on sagas.sagas for update to pyairtable_jobs
  using (status in ('pending', 'running', 'compensating'))
  with check (status in ('pending', 'running', 'compensating'));

-- Takes the oldest saga that nobody runs, or whose process has not been heard of for longer than its lease. A row
-- that another process is taking at this moment is passed over, so exactly one gets it.
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

-- Prolongs leases and tells which of them are still held.
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

-- A function's new owner must be able to create in its schema at that moment, and only then.
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
