-- Erasure of deleted accounts. The deletion itself removes the account's rows in this schema. One task per service then
-- has every other row erased; it is repeated until the service confirms, also after restarts and failures.

-- The state that the former owner may read with the id from the response. It holds nothing about a person.
create table identity.erasures (
  id uuid primary key,
  services_left text[] not null,
  requested_at timestamptz not null default now(),
  finished_at timestamptz
);

create table identity.erasure_tasks (
  erasure_id uuid not null references identity.erasures on delete cascade,
  service text not null,
  -- No foreign keys: tenant and user are deleted before.
  tenant_id uuid not null,
  user_id uuid not null,
  email text not null,
  whole_tenant boolean not null,
  attempts integer not null default 0,
  -- A service that finds nothing to erase after this time is done. Requests that began before the deletion may write
  -- until then.
  quiet_at timestamptz not null,
  -- Time of the next attempt. During an attempt, the time after which another process may try.
  due_at timestamptz not null default now(),
  primary key (erasure_id, service)
);
create index erasure_tasks_due on identity.erasure_tasks (due_at);
call migrations.protect_tenant_table('identity.erasure_tasks');

-- The search for the next task has no tenant; see migration 030.
grant select, update (attempts, due_at) on identity.erasure_tasks to pyairtable_jobs;
create policy take_task on identity.erasure_tasks to pyairtable_jobs using (true);

-- Claims the task that has been due longest, for lease_seconds.
create function identity.claim_erasure_task(lease_seconds integer)
returns table (erasure_id uuid, service text, tenant_id uuid, user_id uuid, email text, whole_tenant boolean,
  attempts integer, quiet_at timestamptz, quiet boolean)
language sql volatile security definer set search_path = ''
as $$
  update identity.erasure_tasks t
  set attempts = t.attempts + 1, due_at = now() + make_interval(secs => lease_seconds)
  where (t.erasure_id, t.service) = (
    select w.erasure_id, w.service from identity.erasure_tasks w
    where w.due_at <= now()
    order by w.due_at
    for update skip locked
    limit 1
  )
  returning t.erasure_id, t.service, t.tenant_id, t.user_id, t.email, t.whole_tenant, t.attempts, t.quiet_at,
    t.quiet_at <= now()
$$;

grant create on schema identity to pyairtable_jobs;
alter function identity.claim_erasure_task(integer) owner to pyairtable_jobs;
revoke create on schema identity from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function identity.claim_erasure_task(integer) from public;
grant execute on function identity.claim_erasure_task(integer) to platform_services;
