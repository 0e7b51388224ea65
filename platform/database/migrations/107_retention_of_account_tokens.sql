-- Retention of the tokens of mails, which have expired; see migration 106.
grant select (token_hash, expires_at), delete on identity.account_tokens to pyairtable_retention;
create policy retention on identity.account_tokens to pyairtable_retention
  using (expires_at < now() - interval '1 day');

create function identity.delete_outdated_account_tokens(keep_days integer, at_most integer)
returns bigint
language sql volatile security definer set search_path = ''
as $$
  with deleted as (
    delete from identity.account_tokens t
    where t.token_hash in (
      select w.token_hash from identity.account_tokens w
      where w.expires_at < now() - make_interval(days => keep_days)
      limit at_most
    )
    returning 1
  )
  select count(*) from deleted
$$;

grant create on schema identity to pyairtable_retention;
alter function identity.delete_outdated_account_tokens(integer, integer) owner to pyairtable_retention;
revoke create on schema identity from pyairtable_retention;

set local role pyairtable_retention;
revoke all on function identity.delete_outdated_account_tokens(integer, integer) from public;
grant execute on function identity.delete_outdated_account_tokens(integer, integer) to platform_services;
