-- Rows that no service may delete or change otherwise: audit events, the logs of sagas, and conversations of other users
-- of the tenant. These functions erase them for the tenant of the transaction. They run as a role that cannot log in,
-- owns no table, does not bypass row-level security and has the rights listed here.
grant usage on schema identity, sagas, conversations to pyairtable_erasure;

-- Audit events. The functions do nothing while the tenant or the user exists, so that an account cannot lose its traces
-- without being deleted.
grant select (tenant_id) on identity.tenants to pyairtable_erasure;
grant select (id, tenant_id) on identity.users to pyairtable_erasure;
grant select, delete on identity.audit_events to pyairtable_erasure;
grant update (actor_id, subject, address, user_agent, details) on identity.audit_events to pyairtable_erasure;
create policy erase on identity.audit_events for delete to pyairtable_erasure
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy forget on identity.audit_events for update to pyairtable_erasure
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

create function identity.erase_audit_events()
returns bigint
language sql volatile security definer set search_path = ''
as $$
  with erased as (
    delete from identity.audit_events where not exists (select from identity.tenants) returning 1
  )
  select count(*) from erased
$$;

-- Keeps what happened in the tenant, without the person.
create function identity.forget_in_audit(person uuid, email text)
returns bigint
language sql volatile security definer set search_path = ''
as $$
  with changed as (
    update identity.audit_events
    set actor_id = nullif(actor_id, person),
        subject = case when lower(subject) in (person::text, lower(email)) then null else subject end,
        address = case when actor_id = person then null else address end,
        user_agent = case when actor_id = person then null else user_agent end,
        details = case when actor_id = person then '{}' else details end
    where (actor_id = person or lower(subject) in (person::text, lower(email)))
      and not exists (select from identity.users where id = person)
    returning 1
  )
  select count(*) from changed
$$;

-- Sagas: those of a person, or of the whole tenant if there is none.
grant select (tenant_id, id, started_by), delete on sagas.sagas to pyairtable_erasure;
-- No row is changed, but locking one needs this right.
grant update (updated_at) on sagas.sagas to pyairtable_erasure;
grant select (tenant_id, saga_id), delete on sagas.steps, sagas.events to pyairtable_erasure;

create function sagas.erase_sagas(person uuid)
returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  erased bigint;
begin
  -- Sagas before their steps, in the same order as the process that runs them.
  perform from sagas.sagas s where person is null or s.started_by = person order by s.id for update;
  delete from sagas.events e using sagas.sagas s
  where (e.tenant_id, e.saga_id) = (s.tenant_id, s.id) and (person is null or s.started_by = person);
  delete from sagas.steps t using sagas.sagas s
  where (t.tenant_id, t.saga_id) = (s.tenant_id, s.id) and (person is null or s.started_by = person);
  delete from sagas.sagas s where person is null or s.started_by = person;
  get diagnostics erased = row_count;
  return erased;
end
$$;

-- Conversations are private, so the service sees only those of the user whom it acts for.
alter policy own_rows on conversations.conversation_sessions to llm_orchestrator;
alter policy own_rows on conversations.conversation_messages to llm_orchestrator;
alter policy own_rows on conversations.session_budgets to llm_orchestrator;
grant select (tenant_id), delete on conversations.conversation_sessions, conversations.conversation_messages,
  conversations.session_budgets to pyairtable_erasure;

create function conversations.erase_conversations()
returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  erased bigint;
begin
  delete from conversations.conversation_messages;
  delete from conversations.session_budgets;
  delete from conversations.conversation_sessions;
  get diagnostics erased = row_count;
  return erased;
end
$$;

-- The new owner of a function needs the right to create in its schema while it becomes the owner.
grant create on schema identity, sagas, conversations to pyairtable_erasure;
alter function identity.erase_audit_events() owner to pyairtable_erasure;
alter function identity.forget_in_audit(uuid, text) owner to pyairtable_erasure;
alter function sagas.erase_sagas(uuid) owner to pyairtable_erasure;
alter function conversations.erase_conversations() owner to pyairtable_erasure;
revoke create on schema identity, sagas, conversations from pyairtable_erasure;

set local role pyairtable_erasure;
revoke all on function identity.erase_audit_events(), identity.forget_in_audit(uuid, text), sagas.erase_sagas(uuid),
  conversations.erase_conversations() from public;
grant execute on function identity.erase_audit_events(), identity.forget_in_audit(uuid, text) to platform_services;
grant execute on function sagas.erase_sagas(uuid) to saga_service;
grant execute on function conversations.erase_conversations() to llm_orchestrator;
