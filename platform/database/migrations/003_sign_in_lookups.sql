-- A sign-in starts with an email address or a token and has no tenant, so row-level security hides all rows. These
-- functions find the one row of the given address or secret. They run as a role that cannot log in, owns no table, is
-- not a superuser, and does not bypass row-level security. Its own policies let it read only the columns listed here.
grant usage on schema identity to pyairtable_sign_in;
grant select (id, tenant_id, email, name, first_name, last_name, role, password_hash, is_active, created_at)
  on identity.users to pyairtable_sign_in;
grant select (token_hash, tenant_id, session_id) on identity.refresh_tokens to pyairtable_sign_in;
grant select (id, tenant_id, user_id) on identity.sessions to pyairtable_sign_in;
grant select (token_hash, tenant_id, email) on identity.invitations to pyairtable_sign_in;

create policy sign_in_lookup on identity.users for select to pyairtable_sign_in using (true);
create policy sign_in_lookup on identity.refresh_tokens for select to pyairtable_sign_in using (true);
create policy sign_in_lookup on identity.sessions for select to pyairtable_sign_in using (true);
create policy sign_in_lookup on identity.invitations for select to pyairtable_sign_in using (true);

create function identity.find_account(wanted_email text)
returns table (
  id uuid, tenant_id uuid, email text, name text, first_name text, last_name text, role text,
  password_hash text, is_active boolean, created_at timestamptz
)
language sql stable security definer set search_path = ''
as $$
  select u.id, u.tenant_id, u.email, u.name, u.first_name, u.last_name, u.role,
         u.password_hash, u.is_active, u.created_at
  from identity.users u
  where lower(u.email) = lower(wanted_email)
$$;

-- seen_at lets the caller distinguish two concurrent refreshes from a later reuse of a token.
create function identity.find_refresh_token(wanted_hash bytea)
returns table (tenant_id uuid, session_id uuid, user_id uuid, seen_at timestamptz)
language sql volatile security definer set search_path = ''
as $$
  select t.tenant_id, t.session_id, s.user_id, clock_timestamp()
  from identity.refresh_tokens t
  join identity.sessions s on s.id = t.session_id
  where t.token_hash = wanted_hash
$$;

create function identity.find_invitation(wanted_hash bytea)
returns table (tenant_id uuid, email text)
language sql stable security definer set search_path = ''
as $$
  select i.tenant_id, i.email from identity.invitations i where i.token_hash = wanted_hash
$$;

-- The new owner of a function needs the right to create in its schema while it becomes the owner.
grant create on schema identity to pyairtable_sign_in;
alter function identity.find_account(text) owner to pyairtable_sign_in;
alter function identity.find_refresh_token(bytea) owner to pyairtable_sign_in;
alter function identity.find_invitation(bytea) owner to pyairtable_sign_in;
revoke create on schema identity from pyairtable_sign_in;

set local role pyairtable_sign_in;
revoke all on function identity.find_account(text), identity.find_refresh_token(bytea), identity.find_invitation(bytea) from public;
grant execute on function identity.find_account(text), identity.find_refresh_token(bytea), identity.find_invitation(bytea)
  to platform_services;
