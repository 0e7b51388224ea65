-- Grants that no run uses any more: their start failed, or the message about the end of their run was lost. The service
-- of each grant is asked from time to time whether it still uses it.
alter table identity.grants
  add column check_at timestamptz not null default clock_timestamp() + interval '15 minutes';
create index grants_check_at on identity.grants (check_at);

-- The search has no tenant; see migration 030.
grant select (tenant_id, id, service, check_at), update (check_at) on identity.grants to pyairtable_jobs;
create policy check_use on identity.grants to pyairtable_jobs using (true);

-- Claims up to at_most grants of one service and tenant that are due, for lease_seconds.
create function identity.claim_grants_to_check(lease_seconds integer, at_most integer)
returns table (tenant_id uuid, service text, ids uuid[])
language sql volatile security definer set search_path = ''
as $$
  with first as (
    select g.tenant_id, g.service from identity.grants g
    where g.check_at <= now() order by g.check_at limit 1 for update skip locked
  ), due as (
    select g.id from identity.grants g join first on first.tenant_id = g.tenant_id and first.service = g.service
    where g.check_at <= now() order by g.check_at limit at_most for update of g skip locked
  ), claimed as (
    update identity.grants g set check_at = now() + make_interval(secs => lease_seconds)
    from due where g.id = due.id returning g.tenant_id, g.service, g.id
  )
  select c.tenant_id, c.service, array_agg(c.id) from claimed c group by c.tenant_id, c.service
$$;

grant create on schema identity to pyairtable_jobs;
alter function identity.claim_grants_to_check(integer, integer) owner to pyairtable_jobs;
revoke create on schema identity from pyairtable_jobs;

-- Retention of those that have expired; see migration 106.
grant select (id, expires_at), delete on identity.grants to pyairtable_retention;
create policy retention on identity.grants to pyairtable_retention
  using (expires_at < now() - interval '1 day');
create index grants_expires on identity.grants (expires_at) where expires_at is not null;

create function identity.delete_outdated_grants(keep_days integer, at_most integer)
returns bigint
language sql volatile security definer set search_path = ''
as $$
  with deleted as (
    delete from identity.grants g
    where g.id in (
      select w.id from identity.grants w where w.expires_at < now() - make_interval(days => keep_days) limit at_most
    )
    returning 1
  )
  select count(*) from deleted
$$;

grant create on schema identity to pyairtable_retention;
alter function identity.delete_outdated_grants(integer, integer) owner to pyairtable_retention;
revoke create on schema identity from pyairtable_retention;

set local role pyairtable_jobs;
revoke all on function identity.claim_grants_to_check(integer, integer) from public;
grant execute on function identity.claim_grants_to_check(integer, integer) to platform_services;
set local role pyairtable_retention;
revoke all on function identity.delete_outdated_grants(integer, integer) from public;
grant execute on function identity.delete_outdated_grants(integer, integer) to platform_services;
