-- Bases whose changes start workflows. automation-services sets them.
create table airtable.record_watches (
  base_id text primary key,
  tenant_id uuid not null,
  -- Ids or names of tables; null for all.
  tables text[],
  foreign key (base_id, tenant_id) references airtable.bases (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('airtable.record_watches');

-- Outbox of changes in watched bases. A row is written in the transaction of the change and deleted once
-- automation-services has confirmed it.
create table airtable.record_events (
  id uuid primary key,
  tenant_id uuid not null,
  base_id text not null,
  -- The user who made the change, or on whose behalf a service made it.
  actor_id uuid not null,
  -- The rest of the event, without values of cells.
  event jsonb not null,
  attempts integer not null default 0,
  -- Time of the next delivery. During a delivery, the time after which another process may try.
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  foreign key (base_id, tenant_id) references airtable.bases (id, tenant_id) on delete cascade
);
create index record_events_due on airtable.record_events (due_at);
create index record_events_by_base on airtable.record_events (base_id);
call migrations.protect_tenant_table('airtable.record_events');

-- The search for the next event has no tenant; see migration 080.
grant select (id, tenant_id, actor_id, attempts, due_at) on airtable.record_events to pyairtable_jobs;
grant update (attempts, due_at) on airtable.record_events to pyairtable_jobs;
create policy take_event on airtable.record_events to pyairtable_jobs using (true);

-- Claims the event that has been due longest, for lease_seconds.
create function airtable.claim_record_event(lease_seconds integer)
returns table (id uuid, tenant_id uuid, actor_id uuid, attempts integer)
language sql volatile security definer set search_path = ''
as $$
  update airtable.record_events e
  set attempts = e.attempts + 1, due_at = now() + make_interval(secs => lease_seconds)
  where e.id = (
    select w.id from airtable.record_events w
    where w.due_at <= now()
    order by w.due_at
    for update skip locked
    limit 1
  )
  returning e.id, e.tenant_id, e.actor_id, e.attempts
$$;

grant create on schema airtable to pyairtable_jobs;
alter function airtable.claim_record_event(integer) owner to pyairtable_jobs;
revoke create on schema airtable from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function airtable.claim_record_event(integer) from public;
grant execute on function airtable.claim_record_event(integer) to airtable_gateway;
