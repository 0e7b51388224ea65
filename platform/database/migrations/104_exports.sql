-- Exports of accounts: a job collects the data from every service into an archive, which its owner downloads once.
create table identity.exports (
  id uuid primary key,
  tenant_id uuid not null references identity.tenants on delete cascade,
  user_id uuid not null references identity.users on delete cascade,
  status text not null default 'pending' check (status in ('pending', 'ready', 'failed', 'downloaded', 'expired')),
  -- Size of the archive, bytes.
  size bigint check (size >= 0),
  attempts integer not null default 0,
  requested_at timestamptz not null default now(),
  -- Time of the next attempt. During an attempt, the time after which another process may try.
  due_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz,
  -- A download is running; it holds the export until then.
  download_until timestamptz,
  unique (tenant_id, id)
);
create index exports_user on identity.exports (user_id, requested_at);
create index exports_tenant_id on identity.exports (tenant_id);
create index exports_due on identity.exports (due_at) where status = 'pending';
create index exports_expiring on identity.exports (expires_at) where status = 'ready';
call migrations.protect_tenant_table('identity.exports');

create table identity.export_parts (
  export_id uuid not null,
  tenant_id uuid not null,
  position integer not null check (position >= 0),
  bytes bytea not null check (length(bytes) <= 1048576),
  primary key (export_id, position),
  foreign key (tenant_id, export_id) references identity.exports (tenant_id, id) on delete cascade
);
create index export_parts_tenant_id on identity.export_parts (tenant_id);
call migrations.protect_tenant_table('identity.export_parts');

-- The search for the next export has no tenant; see migration 030.
grant select, update (attempts, due_at, status) on identity.exports to pyairtable_jobs;
grant select (export_id), delete on identity.export_parts to pyairtable_jobs;
create policy take_export on identity.exports to pyairtable_jobs using (true);
create policy drop_parts on identity.export_parts to pyairtable_jobs using (true);

-- Claims the export that has been due longest, for lease_seconds.
create function identity.claim_export(lease_seconds integer)
returns table (id uuid, tenant_id uuid, user_id uuid, attempts integer, requested_at timestamptz)
language sql volatile security definer set search_path = ''
as $$
  update identity.exports e
  set attempts = e.attempts + 1, due_at = now() + make_interval(secs => lease_seconds)
  where e.id = (
    select w.id from identity.exports w
    where w.status = 'pending' and w.due_at <= now()
    order by w.due_at
    for update skip locked
    limit 1
  )
  returning e.id, e.tenant_id, e.user_id, e.attempts, e.requested_at
$$;

-- Deletes the archives that nobody has downloaded in time.
create function identity.expire_exports()
returns void
language sql volatile security definer set search_path = ''
as $$
  with expired as (
    update identity.exports e set status = 'expired'
    where e.status = 'ready' and e.expires_at < now() and coalesce(e.download_until < now(), true)
    returning e.id
  )
  delete from identity.export_parts p using expired where p.export_id = expired.id
$$;

grant create on schema identity to pyairtable_jobs;
alter function identity.claim_export(integer) owner to pyairtable_jobs;
alter function identity.expire_exports() owner to pyairtable_jobs;
revoke create on schema identity from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function identity.claim_export(integer), identity.expire_exports() from public;
grant execute on function identity.claim_export(integer), identity.expire_exports() to platform_services;
