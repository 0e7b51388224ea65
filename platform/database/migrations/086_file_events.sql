-- Outbox of file events for automation-services. A row is written in the transaction of the change. It is deleted once
-- the event is delivered, or together with its file: a deleted file starts nothing.
create table files.events (
  file_id uuid not null,
  tenant_id uuid not null,
  -- The user who uploaded the file.
  user_id uuid not null,
  type text not null check (type in ('file_upload', 'file_processed')),
  attempts integer not null default 0,
  -- Time of the next delivery. During a delivery, the time after which another process may try.
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (file_id, type),
  foreign key (file_id, tenant_id) references files.files (id, tenant_id) on delete cascade
);
create index events_due on files.events (due_at);
call migrations.protect_tenant_table('files.events');

-- The search for the next event has no tenant; see migration 030.
grant select (file_id, tenant_id, user_id, type, attempts, due_at) on files.events to pyairtable_jobs;
grant update (attempts, due_at) on files.events to pyairtable_jobs;
create policy take_event on files.events to pyairtable_jobs using (true);

-- Claims the event that has been due longest, for lease_seconds.
create function files.claim_event(lease_seconds integer)
returns table (file_id uuid, tenant_id uuid, user_id uuid, type text, attempts integer)
language sql volatile security definer set search_path = ''
as $$
  update files.events e
  set attempts = e.attempts + 1, due_at = now() + make_interval(secs => lease_seconds)
  where (e.file_id, e.type) = (
    select w.file_id, w.type from files.events w
    where w.due_at <= now()
    order by w.due_at
    for update skip locked
    limit 1
  )
  returning e.file_id, e.tenant_id, e.user_id, e.type, e.attempts
$$;

grant create on schema files to pyairtable_jobs;
alter function files.claim_event(integer) owner to pyairtable_jobs;
revoke create on schema files from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function files.claim_event(integer) from public;
grant execute on function files.claim_event(integer) to file_service;
