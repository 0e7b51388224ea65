-- Confirmation of addresses, reset of passwords and change of addresses by tokens that are sent by mail.
alter table identity.users add column email_verified_at timestamptz;

-- Only digests are stored: a reader of this table cannot use a token.
create table identity.account_tokens (
  token_hash bytea primary key check (length(token_hash) = 32),
  tenant_id uuid not null references identity.tenants on delete cascade,
  user_id uuid not null references identity.users on delete cascade,
  purpose text not null check (purpose in ('verify_email', 'reset_password', 'change_email', 'undo_email_change')),
  -- The address that the token confirms, changes to or restores.
  email text not null check (length(email) <= 254),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index account_tokens_user on identity.account_tokens (user_id, purpose);
create index account_tokens_tenant_id on identity.account_tokens (tenant_id);
call migrations.protect_tenant_table('identity.account_tokens');

-- Requests to reset a password, for any address. They are answered afterwards, so that the response takes the same time
-- with and without an account. A row is deleted when it is answered.
create table identity.password_reset_requests (
  id bigint generated always as identity primary key,
  email text not null check (length(email) <= 254),
  address text,
  user_agent text,
  request_id text,
  created_at timestamptz not null default now()
);

-- A request with a token has no tenant yet; see migration 003.
grant select (token_hash, tenant_id, user_id) on identity.account_tokens to pyairtable_sign_in;
create policy sign_in_lookup on identity.account_tokens for select to pyairtable_sign_in using (true);
grant select (email_verified_at) on identity.users to pyairtable_sign_in;

create function identity.find_account_token(wanted_hash bytea)
returns table (tenant_id uuid, user_id uuid)
language sql stable security definer set search_path = ''
as $$
  select t.tenant_id, t.user_id from identity.account_tokens t where t.token_hash = wanted_hash
$$;

grant create on schema identity to pyairtable_sign_in;
alter function identity.find_account_token(bytea) owner to pyairtable_sign_in;

set local role pyairtable_sign_in;
revoke all on function identity.find_account_token(bytea) from public;
grant execute on function identity.find_account_token(bytea) to platform_services;

-- As in migration 003, with email_verified.
drop function identity.find_account(text);
create function identity.find_account(wanted_email text)
returns table (
  id uuid, tenant_id uuid, email text, name text, first_name text, last_name text, role text,
  password_hash text, is_active boolean, created_at timestamptz, email_verified boolean
)
language sql stable security definer set search_path = ''
as $$
  select u.id, u.tenant_id, u.email, u.name, u.first_name, u.last_name, u.role,
         u.password_hash, u.is_active, u.created_at, u.email_verified_at is not null
  from identity.users u
  where lower(u.email) = lower(wanted_email)
$$;
revoke all on function identity.find_account(text) from public;
grant execute on function identity.find_account(text) to platform_services;

set local role pyairtable_owner;
revoke create on schema identity from pyairtable_sign_in;
