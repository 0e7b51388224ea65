-- Outbox of events for other services. They are stored in the transaction of the change and published afterwards. A row
-- is deleted once its event is in the stream.
create table identity.outgoing_events (
  id bigint generated always as identity primary key,
  -- No foreign keys: an event is published even if its tenant is deleted first.
  tenant_id uuid not null,
  user_id uuid not null,
  type text not null,
  data jsonb not null default '{}',
  created_at timestamptz not null default now()
);
call migrations.protect_tenant_table('identity.outgoing_events');

-- The publisher works for all tenants; see migration 030.
grant usage on schema identity to pyairtable_jobs;
grant select, delete on identity.outgoing_events to pyairtable_jobs;
-- No row is ever changed, but locking one needs this right.
grant update (created_at) on identity.outgoing_events to pyairtable_jobs;
create policy publish on identity.outgoing_events to pyairtable_jobs using (true);

-- Deletes and returns the oldest events. A rollback restores them, for example when the stream cannot be reached.
create function identity.take_outgoing_events(at_most integer)
returns table (tenant_id uuid, user_id uuid, type text, data jsonb)
language sql volatile security definer set search_path = ''
as $$
  with taken as (
    delete from identity.outgoing_events e
    where e.id in (
      select w.id from identity.outgoing_events w order by w.id for update skip locked limit at_most
    )
    returning e.id, e.tenant_id, e.user_id, e.type, e.data
  )
  select t.tenant_id, t.user_id, t.type, t.data from taken t order by t.id
$$;

grant create on schema identity to pyairtable_jobs;
alter function identity.take_outgoing_events(integer) owner to pyairtable_jobs;
revoke create on schema identity from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function identity.take_outgoing_events(integer) from public;
grant execute on function identity.take_outgoing_events(integer) to platform_services;
