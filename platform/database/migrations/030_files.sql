-- Files and their extracted data. The service stores the bytes outside of the database, under generated names.
create table files.files (
  id uuid primary key,
  tenant_id uuid not null,
  uploaded_by uuid not null,
  -- Shown and returned to clients only, never used as a path.
  filename text not null check (octet_length(filename) between 1 and 255),
  extension text not null,
  content_type text not null,
  -- Until the file has arrived, the maximum size that the sender declared.
  size bigint not null check (size >= 0),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_name text not null unique check (storage_name ~ '^[0-9a-f]{32}$'),
  status text not null check (status in ('uploading', 'pending', 'processing', 'completed', 'failed')),
  error_message text,
  -- Time of the request for processing; null if there is none or processing has ended.
  queued_at timestamptz,
  -- Time until which the process that works on it counts as alive.
  lease_until timestamptz,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, tenant_id),
  check (status = 'uploading' or sha256 is not null),
  check (status in ('pending', 'processing') or queued_at is null)
);
create index files_by_tenant on files.files (tenant_id, created_at desc, id);
create index files_waiting on files.files (queued_at) where queued_at is not null;
create index files_arriving on files.files (created_at) where status = 'uploading';
call migrations.protect_tenant_table('files.files');

create table files.extractions (
  file_id uuid primary key,
  tenant_id uuid not null,
  content text not null,
  -- json, not jsonb: it keeps the order of the columns in the file.
  rows json,
  metadata json not null,
  created_at timestamptz not null default now(),
  foreign key (file_id, tenant_id) references files.files (id, tenant_id) on delete cascade
);
call migrations.protect_tenant_table('files.extractions');

-- The search for the next file to process has no tenant, so row-level security hides all rows. These functions return
-- ids only; the work itself is then done as the file's tenant. They run as a role that cannot log in, owns no table and
-- can use only the columns and rows listed here.
grant usage on schema files to pyairtable_jobs;
grant select (id, tenant_id, uploaded_by, storage_name, status, queued_at, lease_until, attempts, created_at)
  on files.files to pyairtable_jobs;
grant update (status, lease_until, attempts, updated_at) on files.files to pyairtable_jobs;
create policy find_work on files.files for select to pyairtable_jobs
  using (queued_at is not null or status = 'uploading');
create policy take_work on files.files for update to pyairtable_jobs
  using (queued_at is not null) with check (queued_at is not null);

-- Claims the file that has waited longest, or one whose lease has expired.
create function files.claim_work(lease_seconds integer)
returns table (id uuid, tenant_id uuid, uploaded_by uuid, attempts integer)
language sql volatile security definer set search_path = ''
as $$
  update files.files f
  set status = 'processing', lease_until = now() + make_interval(secs => lease_seconds),
      attempts = f.attempts + 1, updated_at = now()
  where f.id = (
    select w.id from files.files w
    where w.queued_at is not null and (w.status = 'pending' or w.lease_until < now())
    order by w.queued_at
    for update skip locked
    limit 1
  )
  returning f.id, f.tenant_id, f.uploaded_by, f.attempts
$$;

-- Uploads that ended before the last byte.
create function files.abandoned_uploads(age_seconds integer)
returns table (id uuid, tenant_id uuid, uploaded_by uuid, storage_name text)
language sql stable security definer set search_path = ''
as $$
  select f.id, f.tenant_id, f.uploaded_by, f.storage_name
  from files.files f
  where f.status = 'uploading' and f.created_at < now() - make_interval(secs => age_seconds)
  order by f.created_at
  limit 100
$$;

-- The new owner of a function needs the right to create in its schema while it becomes the owner.
grant create on schema files to pyairtable_jobs;
alter function files.claim_work(integer) owner to pyairtable_jobs;
alter function files.abandoned_uploads(integer) owner to pyairtable_jobs;
revoke create on schema files from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function files.claim_work(integer), files.abandoned_uploads(integer) from public;
grant execute on function files.claim_work(integer), files.abandoned_uploads(integer) to file_service;
