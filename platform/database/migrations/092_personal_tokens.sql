-- Personal access tokens: keys of Airtable clients and other programs. Only a digest is stored. SHA-256 is enough: a
-- token has 256 random bits, so a slow hash as for passwords would protect nothing and cost time in every exchange.
create table identity.personal_tokens (
  id text primary key check (id ~ '^pat[A-Za-z0-9]{14}$'),
  tenant_id uuid not null references identity.tenants on delete cascade,
  user_id uuid not null references identity.users on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32),
  -- Names the rights below in access tokens. A change of the rights gives a new one and revokes the old one.
  grant_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  scopes text[] not null check (cardinality(scopes) between 1 and 50),
  -- Null: every base of the user.
  resources jsonb,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  last_used_at timestamptz
);
create index personal_tokens_user_id on identity.personal_tokens (user_id);
create index personal_tokens_tenant_id on identity.personal_tokens (tenant_id);
call migrations.protect_tenant_table('identity.personal_tokens');

-- A request with a token has no tenant yet; see migration 003.
grant select (id, token_hash, tenant_id, user_id) on identity.personal_tokens to pyairtable_sign_in;
create policy sign_in_lookup on identity.personal_tokens for select to pyairtable_sign_in using (true);

create function identity.find_personal_token(wanted_hash bytea)
returns table (id text, tenant_id uuid, user_id uuid)
language sql stable security definer set search_path = ''
as $$
  select t.id, t.tenant_id, t.user_id from identity.personal_tokens t where t.token_hash = wanted_hash
$$;

grant create on schema identity to pyairtable_sign_in;
alter function identity.find_personal_token(bytea) owner to pyairtable_sign_in;
revoke create on schema identity from pyairtable_sign_in;

set local role pyairtable_sign_in;
revoke all on function identity.find_personal_token(bytea) from public;
grant execute on function identity.find_personal_token(bytea) to platform_services;
