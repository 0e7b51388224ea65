-- One schema per service. A service can use its own schema only. pyairtable_owner owns everything and cannot log in.
create schema identity;
create schema profiles;
create schema airtable;
create schema conversations;
create schema files;
create schema sagas;
create schema automation;

grant usage on schema identity to platform_services;
grant usage on schema profiles to user_service;
grant usage on schema airtable to airtable_gateway;
grant usage on schema conversations to llm_orchestrator;
grant usage on schema files to file_service;
grant usage on schema sagas to saga_service;
grant usage on schema automation to automation_services;

-- Tables of later migrations get these rights automatically. A migration revokes those that a table must not have.
alter default privileges in schema identity grant select, insert, update, delete on tables to platform_services;
alter default privileges in schema profiles grant select, insert, update, delete on tables to user_service;
alter default privileges in schema airtable grant select, insert, update, delete on tables to airtable_gateway;
alter default privileges in schema conversations grant select, insert, update, delete on tables to llm_orchestrator;
alter default privileges in schema files grant select, insert, update, delete on tables to file_service;
alter default privileges in schema sagas grant select, insert, update, delete on tables to saga_service;
alter default privileges in schema automation grant select, insert, update, delete on tables to automation_services;

alter default privileges in schema identity grant usage on sequences to platform_services;
alter default privileges in schema profiles grant usage on sequences to user_service;
alter default privileges in schema airtable grant usage on sequences to airtable_gateway;
alter default privileges in schema conversations grant usage on sequences to llm_orchestrator;
alter default privileges in schema files grant usage on sequences to file_service;
alter default privileges in schema sagas grant usage on sequences to saga_service;
alter default privileges in schema automation grant usage on sequences to automation_services;

-- By default, PostgreSQL lets everyone execute functions.
alter default privileges revoke execute on functions from public;

-- Puts a table with a tenant_id column under row-level security:
--   call migrations.protect_tenant_table('files.files');
-- It is forced, so it applies to the owner too. Without a tenant the setting is null or empty and the comparison is
-- null, so no row is visible: it fails closed.
create procedure migrations.protect_tenant_table(target regclass)
language plpgsql
as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant_isolation on %s
       using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
       with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
    target
  );
end
$$;
