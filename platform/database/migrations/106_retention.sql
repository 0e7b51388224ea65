-- Retention: deletes rows whose time is over, for all tenants. The function runs as a role of its own that cannot log in,
-- owns no table and does not bypass row-level security. Its policies reach only the rows listed here, so a service cannot
-- delete young audit events by calling it with other arguments.
grant usage on schema identity to pyairtable_retention;

grant select (tenant_id, id, created_at), delete on identity.audit_events to pyairtable_retention;
create policy retention_find on identity.audit_events for select to pyairtable_retention
  using (created_at < now() - interval '30 days');
create policy retention on identity.audit_events for delete to pyairtable_retention
  using (created_at < now() - interval '30 days');
-- Rows arrive in the order of their time, so a small index that summarizes ranges of pages is enough.
create index audit_events_time on identity.audit_events using brin (created_at);

grant select (id, received_at), delete on identity.analytics_events to pyairtable_retention;
create policy retention on identity.analytics_events to pyairtable_retention
  using (received_at < now() - interval '1 day');
create index analytics_events_received on identity.analytics_events using brin (received_at);

grant select (id, expires_at, revoked_at), delete on identity.sessions to pyairtable_retention;
create policy retention on identity.sessions to pyairtable_retention
  using (least(expires_at, revoked_at) < now() - interval '1 day');
-- Their refresh tokens go with them. Others are kept until they expire: using one again shows that it was copied.
grant select (token_hash, expires_at), delete on identity.refresh_tokens to pyairtable_retention;
create policy retention on identity.refresh_tokens to pyairtable_retention
  using (expires_at < now() - interval '1 day');
create index sessions_ended on identity.sessions (least(expires_at, revoked_at));
create index refresh_tokens_expires on identity.refresh_tokens (expires_at);

grant select (id, expires_at, accepted_at), delete on identity.invitations to pyairtable_retention;
create policy retention on identity.invitations to pyairtable_retention
  using (least(expires_at, accepted_at) < now() - interval '1 day');

-- Deletes up to at_most rows of one kind that ended more than keep_days ago. One process at a time: while another one is
-- at it, nothing is deleted.
create function identity.delete_outdated(kind text, keep_days integer, at_most integer)
returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  before timestamptz := now() - make_interval(days => keep_days);
  deleted bigint;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('identity.delete_outdated', 0)) then
    return 0;
  end if;
  case kind
    when 'audit_events' then
      if keep_days < 30 then
        raise exception 'audit events are kept for at least 30 days';
      end if;
      delete from identity.audit_events e
      where e.id in (select w.id from identity.audit_events w where w.created_at < before limit at_most);
    when 'analytics_events' then
      delete from identity.analytics_events e
      where e.id in (select w.id from identity.analytics_events w where w.received_at < before limit at_most);
    when 'sessions' then
      delete from identity.sessions s
      where s.id in (select w.id from identity.sessions w where least(w.expires_at, w.revoked_at) < before limit at_most);
    when 'refresh_tokens' then
      delete from identity.refresh_tokens t
      where t.token_hash in (select w.token_hash from identity.refresh_tokens w where w.expires_at < before limit at_most);
    when 'invitations' then
      delete from identity.invitations i
      where i.id in (select w.id from identity.invitations w where least(w.expires_at, w.accepted_at) < before limit at_most);
    else
      raise exception 'there is no retention of %', kind;
  end case;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

grant create on schema identity to pyairtable_retention;
alter function identity.delete_outdated(text, integer, integer) owner to pyairtable_retention;
revoke create on schema identity from pyairtable_retention;

set local role pyairtable_retention;
revoke all on function identity.delete_outdated(text, integer, integer) from public;
grant execute on function identity.delete_outdated(text, integer, integer) to platform_services;
