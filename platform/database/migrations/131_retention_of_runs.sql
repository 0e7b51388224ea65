-- Retention of sagas and of executions of workflows, with everything that they have recorded; see migration 106. The
-- policies show the role only runs that have ended more than a day ago. A saga whose compensation has failed needs a
-- person, so it is never deleted.
grant usage on schema sagas, automation to pyairtable_retention;

grant select (tenant_id, id, status, updated_at), delete on sagas.sagas to pyairtable_retention;
-- No row is changed, but locking one needs this right.
grant update (updated_at) on sagas.sagas to pyairtable_retention;
grant select (tenant_id, saga_id), delete on sagas.steps, sagas.events to pyairtable_retention;
create policy retention on sagas.sagas to pyairtable_retention
  using (status in ('completed', 'compensated', 'failed', 'timeout') and updated_at < now() - interval '1 day');
create policy retention on sagas.steps to pyairtable_retention
  using (exists (select from sagas.sagas s where s.tenant_id = steps.tenant_id and s.id = steps.saga_id));
create policy retention on sagas.events to pyairtable_retention
  using (exists (select from sagas.sagas s where s.tenant_id = events.tenant_id and s.id = events.saga_id));
create index sagas_ended on sagas.sagas (updated_at)
  where status in ('completed', 'compensated', 'failed', 'timeout');

-- Deletes up to at_most sagas that ended more than keep_days ago. Sagas that others have locked wait for the next time.
create function sagas.delete_outdated_sagas(keep_days integer, at_most integer)
returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  tenants uuid[];
  ids uuid[];
begin
  select array_agg(w.tenant_id), array_agg(w.id) into tenants, ids
  from (
    select s.tenant_id, s.id from sagas.sagas s
    where s.status in ('completed', 'compensated', 'failed', 'timeout')
      and s.updated_at < now() - make_interval(days => keep_days)
    order by s.updated_at
    limit at_most
    for update skip locked
  ) as w;
  delete from sagas.events e using unnest(tenants, ids) as ended (tenant_id, id)
  where e.tenant_id = ended.tenant_id and e.saga_id = ended.id;
  delete from sagas.steps t using unnest(tenants, ids) as ended (tenant_id, id)
  where t.tenant_id = ended.tenant_id and t.saga_id = ended.id;
  delete from sagas.sagas s using unnest(tenants, ids) as ended (tenant_id, id)
  where s.tenant_id = ended.tenant_id and s.id = ended.id;
  return coalesce(cardinality(ids), 0);
end
$$;

grant select (id, status, completed_at), delete on automation.executions to pyairtable_retention;
grant update (completed_at) on automation.executions to pyairtable_retention;
create policy retention on automation.executions to pyairtable_retention
  using (status in ('completed', 'failed', 'cancelled') and completed_at < now() - interval '1 day');
create index executions_ended on automation.executions (completed_at)
  where status in ('completed', 'failed', 'cancelled');

-- Deletes up to at_most executions that ended more than keep_days ago, with their steps and logs.
create function automation.delete_outdated_executions(keep_days integer, at_most integer)
returns bigint
language sql volatile security definer set search_path = ''
as $$
  with deleted as (
    delete from automation.executions e
    where e.id in (
      select w.id from automation.executions w
      where w.status in ('completed', 'failed', 'cancelled')
        and w.completed_at < now() - make_interval(days => keep_days)
      order by w.completed_at
      limit at_most
      for update skip locked
    )
    returning 1
  )
  select count(*) from deleted
$$;

grant create on schema sagas, automation to pyairtable_retention;
alter function sagas.delete_outdated_sagas(integer, integer) owner to pyairtable_retention;
alter function automation.delete_outdated_executions(integer, integer) owner to pyairtable_retention;
revoke create on schema sagas, automation from pyairtable_retention;

set local role pyairtable_retention;
revoke all on function sagas.delete_outdated_sagas(integer, integer),
  automation.delete_outdated_executions(integer, integer) from public;
grant execute on function sagas.delete_outdated_sagas(integer, integer) to saga_service;
grant execute on function automation.delete_outdated_executions(integer, integer) to automation_services;
