-- Outbox of mails. They are stored in the transaction of the change and sent afterwards by recurring work.
create table identity.mails (
  id uuid primary key,
  -- No foreign keys: a notice may outlive what it reports. The erasure of an account deletes its mails.
  tenant_id uuid not null,
  -- The user whom the mail is about or who sends it.
  user_id uuid not null,
  kind text not null check (length(kind) between 1 and 100),
  recipient text not null check (length(recipient) <= 254),
  -- Subject and text, encrypted: links in mails are secrets. Null once the mail is sent or given up.
  content bytea,
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'failed')),
  error text check (length(error) <= 1000),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  -- Time of the next attempt. During an attempt, the time after which another process may try.
  due_at timestamptz not null default now(),
  -- The mail is given up after this time.
  useful_until timestamptz not null,
  finished_at timestamptz,
  check ((status = 'waiting') = (content is not null)),
  check ((status = 'waiting') = (finished_at is null))
);
create index mails_due on identity.mails (due_at) where status = 'waiting';
create index mails_finished on identity.mails (finished_at) where status <> 'waiting';
create index mails_by_tenant on identity.mails (tenant_id, kind, created_at);
create index mails_by_user on identity.mails (user_id, kind, created_at);
call migrations.protect_tenant_table('identity.mails');

-- The search for the next mail has no tenant; see migration 030.
grant select (id, tenant_id, user_id, kind, recipient, content, status, attempts, created_at, due_at, useful_until,
  finished_at), update (attempts, due_at), delete on identity.mails to pyairtable_jobs;
create policy take_mail on identity.mails to pyairtable_jobs using (true);

-- Claims the mail that has been due longest, for lease_seconds.
create function identity.claim_mail(lease_seconds integer)
returns table (id uuid, tenant_id uuid, user_id uuid, kind text, recipient text, content bytea, attempts integer,
  created_at timestamptz, is_useful boolean)
language sql volatile security definer set search_path = ''
as $$
  update identity.mails m
  set attempts = m.attempts + 1, due_at = now() + make_interval(secs => lease_seconds)
  where m.id = (
    select w.id from identity.mails w
    where w.status = 'waiting' and w.due_at <= now()
    order by w.due_at
    for update skip locked
    limit 1
  )
  returning m.id, m.tenant_id, m.user_id, m.kind, m.recipient, m.content, m.attempts, m.created_at,
    m.useful_until > now()
$$;

-- Deletes what is left of mails that ended long ago, at most 1,000 at once.
create function identity.delete_old_mails(keep_days integer)
returns bigint
language sql volatile security definer set search_path = ''
as $$
  with deleted as (
    delete from identity.mails m
    where m.id in (
      select w.id from identity.mails w
      where w.status <> 'waiting' and w.finished_at < now() - make_interval(days => keep_days)
      limit 1000
    )
    returning 1
  )
  select count(*) from deleted
$$;

grant create on schema identity to pyairtable_jobs;
alter function identity.claim_mail(integer) owner to pyairtable_jobs;
alter function identity.delete_old_mails(integer) owner to pyairtable_jobs;
revoke create on schema identity from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function identity.claim_mail(integer), identity.delete_old_mails(integer) from public;
grant execute on function identity.claim_mail(integer), identity.delete_old_mails(integer) to platform_services;
