-- Webhooks on bases of the embedded Airtable. Payloads are written in the transaction of the change. Pings are queued in
-- the webhook's row, so they survive a restart, and one ping announces all payloads up to then.

-- Number of the last change with webhook payloads. It does not increase while the base has no webhooks.
alter table airtable.bases add column last_transaction bigint not null default 0;

create table airtable.webhooks (
  id text primary key check (id ~ '^ach[A-Za-z0-9]{14}$'),
  tenant_id uuid not null,
  base_id text not null,
  created_by uuid not null,
  notification_url text check (length(notification_url) <= 2048),
  specification jsonb not null,
  -- Signs pings, so a hash does not suffice. It gives no access: a ping has only two ids and a time.
  mac_secret bytea not null check (length(mac_secret) = 32),
  -- Number of the next payload. Never decreases.
  next_cursor bigint not null default 1,
  are_notifications_enabled boolean not null default true,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  -- The last received ping has announced all payloads below this number.
  announced_cursor bigint not null default 0,
  last_success_at timestamptz,
  last_result jsonb,
  -- Time of the next ping; null if there is nothing to announce or there is no URL.
  notify_at timestamptz,
  -- Failed pings in a row.
  failures integer not null default 0,
  -- Lease of the process that is pinging, and the time until which that process counts as alive.
  lease uuid,
  lease_until timestamptz,
  unique (id, tenant_id),
  foreign key (base_id, tenant_id) references airtable.bases (id, tenant_id) on delete cascade
);
create index webhooks_by_base on airtable.webhooks (base_id);
create index webhooks_due on airtable.webhooks (notify_at) where notify_at is not null;
create index webhooks_leased on airtable.webhooks (tenant_id) where lease is not null;
create index webhooks_by_expiry on airtable.webhooks (expires_at);
call migrations.protect_tenant_table('airtable.webhooks');

create table airtable.webhook_payloads (
  webhook_id text not null,
  tenant_id uuid not null,
  cursor bigint not null,
  base_transaction bigint not null,
  -- json, not jsonb: it is written once and returned unchanged.
  payload json not null,
  size integer not null,
  created_at timestamptz not null default now(),
  primary key (webhook_id, cursor),
  foreign key (webhook_id, tenant_id) references airtable.webhooks (id, tenant_id) on delete cascade
);
create index webhook_payloads_by_age on airtable.webhook_payloads (created_at);
call migrations.protect_tenant_table('airtable.webhook_payloads');

-- The search for due webhooks and expired rows has no tenant, so row-level security hides all rows. These functions run
-- as a role that cannot log in, owns no table and can use only the columns and rows listed here. They return ids only;
-- the ping itself is made as the webhook's tenant.
grant usage on schema airtable to pyairtable_jobs;
grant select (id, tenant_id, created_by, are_notifications_enabled, expires_at, notify_at, lease, lease_until)
  on airtable.webhooks to pyairtable_jobs;
grant update (lease, lease_until), delete on airtable.webhooks to pyairtable_jobs;
grant select (webhook_id, cursor, created_at), delete on airtable.webhook_payloads to pyairtable_jobs;
create policy find_due on airtable.webhooks for select to pyairtable_jobs using (notify_at is not null);
create policy take_due on airtable.webhooks for update to pyairtable_jobs
  using (notify_at is not null) with check (notify_at is not null);
create policy find_expired on airtable.webhooks for select to pyairtable_jobs
  using (expires_at < now() - interval '7 days');
create policy sweep_expired on airtable.webhooks for delete to pyairtable_jobs
  using (expires_at < now() - interval '7 days');
create policy find_old on airtable.webhook_payloads for select to pyairtable_jobs
  using (created_at < now() - interval '7 days');
create policy sweep_old on airtable.webhook_payloads for delete to pyairtable_jobs
  using (created_at < now() - interval '7 days');

-- Claims the webhook whose ping has been due longest, or one whose lease has expired. The number of concurrent pings per
-- tenant is limited, so slow receivers delay their own tenant only. The lock serialises the count.
create function airtable.claim_notification(lease_seconds integer, most_per_tenant integer)
returns table (id text, tenant_id uuid, created_by uuid, lease uuid)
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  perform pg_advisory_xact_lock('airtable.webhooks'::regclass::oid::bigint);
  return query
  update airtable.webhooks w
  set lease = gen_random_uuid(), lease_until = now() + make_interval(secs => lease_seconds)
  where w.id = (
    select d.id from airtable.webhooks d
    where d.notify_at <= now() and d.are_notifications_enabled and d.expires_at > now()
      and (d.lease is null or d.lease_until < now())
      and (
        select count(*) from airtable.webhooks busy
        where busy.tenant_id = d.tenant_id and busy.lease is not null and busy.lease_until >= now()
      ) < most_per_tenant
    order by d.notify_at
    for update of d skip locked
    limit 1
  )
  returning w.id, w.tenant_id, w.created_by, w.lease;
end
$$;

-- Deletes payloads that are a week old and webhooks that expired a week ago, up to the given number of each. Returns the
-- number of deleted rows.
create function airtable.sweep_webhooks(most integer)
returns integer
language sql volatile security definer set search_path = ''
as $$
  with old as (
    delete from airtable.webhook_payloads p
    where (p.webhook_id, p.cursor) in (
      select o.webhook_id, o.cursor from airtable.webhook_payloads o
      where o.created_at < now() - interval '7 days'
      limit most
    )
    returning 1
  ), expired as (
    delete from airtable.webhooks w
    where w.id in (
      select e.id from airtable.webhooks e where e.expires_at < now() - interval '7 days' limit most
    )
    returning 1
  )
  select ((select count(*) from old) + (select count(*) from expired))::integer
$$;

-- The new owner of a function needs the right to create in its schema while it becomes the owner.
grant create on schema airtable to pyairtable_jobs;
alter function airtable.claim_notification(integer, integer) owner to pyairtable_jobs;
alter function airtable.sweep_webhooks(integer) owner to pyairtable_jobs;
revoke create on schema airtable from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function airtable.claim_notification(integer, integer), airtable.sweep_webhooks(integer) from public;
grant execute on function airtable.claim_notification(integer, integer), airtable.sweep_webhooks(integer)
  to airtable_gateway;
