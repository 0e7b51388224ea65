create table profiles.profiles (
  -- Id of the user in platform-services.
  id uuid primary key,
  tenant_id uuid not null,
  email text not null,
  display_name text not null check (length(display_name) between 1 and 200),
  first_name text,
  last_name text,
  avatar_url text,
  bio text,
  phone text,
  role text not null check (role in ('user', 'admin', 'moderator', 'readonly')),
  is_active boolean not null default true,
  preferences jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index profiles_tenant_name on profiles.profiles (tenant_id, lower(display_name), id);
call migrations.protect_tenant_table('profiles.profiles');
