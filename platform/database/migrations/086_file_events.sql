-- What automation-services has not yet been told about files. A row is written with what it tells about and goes when
-- the other side has taken it, or with its file: nothing is to be started for a file that is gone.
create table files.events (
  file_id uuid not null,
  tenant_id uuid not null,
  -- Who uploaded the file.
  user_id uuid not null,
  type text not null check (type in ('file_upload', 'file_processed')),
  attempts integer not null default 0,
  -- When it is to be told; while somebody does, when it is somebody else's turn.
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (file_id, type),
  foreign key (file_id, tenant_id) references files.files (id, tenant_id) on delete cascade
);
create index events_due on files.events (due_at);
call migrations.protect_tenant_table('files.events');

-- Which event to tell next is asked without a tenant; see migration 030.
grant select (file_id, tenant_id, user_id, type, attempts, due_at) on files.events to pyairtable_jobs;
grant update (attempts, due_at) on files.events to pyairtable_jobs;
create policy take_event on files.events to pyairtable_jobs using (true);

-- Takes the event that has been due longest, for so many seconds.
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
