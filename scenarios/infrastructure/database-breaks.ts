import type { Break } from '../../harness/engine/index.ts';

/** A defect that a statement of the database owner makes, and one that repairs it. */
const inDatabase = (
  defect: string,
  apply: string,
  restore: string,
  ...violates: readonly string[]
): Break => ({ defect, changes: [{ kind: 'sql', apply, restore }], violates });

/** A server whose settings read otherwise, for new connections of the database owner. `value` is SQL over `$1`. */
const otherSetting = (defect: string, value: string, ...violates: readonly string[]): Break =>
  inDatabase(
    defect,
    `create schema other_settings;
     create function other_settings.current_setting(text) returns text language sql stable
       as $body$ select case ${value} else pg_catalog.current_setting($1) end $body$;
     do $do$ begin
       execute format('alter role %I set search_path = other_settings, pg_catalog', current_user);
     end $do$`,
    `do $do$ begin execute format('alter role %I reset search_path', current_user); end $do$;
     drop schema other_settings cascade`,
    ...violates,
  );

export const otherVersion = otherSetting(
  'The database is PostgreSQL 15.13.',
  "$1 when 'server_version' then '15.13' when 'server_version_num' then '150013'",
  'version',
  'versionNumber',
);

/** The check itself opens 36 connections. */
export const fewConnections = otherSetting(
  'The database allows 40 connections.',
  "$1 when 'max_connections' then '40'",
  'freeShare',
);

/** The subquery is evaluated once per statement, if the statement finds a row of its tenant. */
export const slowQueries = inDatabase(
  'Each query of the users waits 105 ms.',
  `create policy slow on identity.users as restrictive for select to platform_services
     using ((select count(*) from pg_sleep(0.105)) = 1)`,
  'drop policy slow on identity.users',
  'median',
);

export const syncLogsRenamed = inDatabase(
  'The table of sync logs has another name.',
  'alter table airtable.airtable_sync_logs rename to sync_logs',
  'alter table airtable.sync_logs rename to airtable_sync_logs',
  'missing',
);

export const statusUnindexed = inDatabase(
  'The index of the status of sync logs is missing.',
  'drop index airtable.idx_airtable_sync_logs_status',
  'create index idx_airtable_sync_logs_status on airtable.airtable_sync_logs (sync_status)',
  'missing',
);

export const indexInvalid = inDatabase(
  'The build of an index has failed halfway.',
  "update pg_index set indisvalid = false where indexrelid = 'airtable.idx_airtable_sync_logs_status'::regclass",
  "update pg_index set indisvalid = true where indexrelid = 'airtable.idx_airtable_sync_logs_status'::regclass",
  'invalid',
);

export const auditColumnRenamed = inDatabase(
  'A column of the audit log has another name.',
  'alter table identity.audit_events rename column request_id to request',
  'alter table identity.audit_events rename column request to request_id',
  'missing',
);

export const rowSecurityBypassed = inDatabase(
  'The role of file-service bypasses row-level security.',
  'alter role file_service bypassrls',
  'alter role file_service nobypassrls',
  'privileged',
);

export const memberOfOwner = inDatabase(
  'The role of file-service is a member of the owner of all tables.',
  'grant pyairtable_owner to file_service',
  'revoke pyairtable_owner from file_service',
  'privileged',
);

export const ownTable = inDatabase(
  'The role of file-service owns its table.',
  'alter table files.files owner to file_service',
  // A change of owner joins the rights of the role with those of the owner.
  `alter table files.files owner to pyairtable_owner;
   grant select, insert, update, delete on files.files to file_service`,
  'owned',
);

export const createsTables = inDatabase(
  'user-service may create tables in its schema.',
  'grant create on schema profiles to user_service',
  'revoke create on schema profiles from user_service',
  'allowed',
);

export const readsForeignTables = inDatabase(
  'user-service may read the tables of airtable-gateway.',
  'grant usage on schema airtable to user_service; grant select on all tables in schema airtable to user_service',
  'revoke all on schema airtable from user_service; revoke all on all tables in schema airtable from user_service',
  'allowed',
);

export const notForced = inDatabase(
  'Row-level security is not forced on the table of users.',
  'alter table identity.users no force row level security',
  'alter table identity.users force row level security',
  'unprotected',
);

export const disabled = inDatabase(
  'Row-level security is off for profiles.',
  'alter table profiles.profiles disable row level security',
  'alter table profiles.profiles enable row level security',
  'unprotected',
);

export const withoutTenant = inDatabase(
  'A new table has no tenant.',
  'create table files.thumbnails (id uuid primary key)',
  'drop table files.thumbnails',
  'withoutTenantColumn',
);

export const everyUserVisible = inDatabase(
  'A policy lets platform-services read every user.',
  'create policy leak on identity.users for select to platform_services using (true)',
  'drop policy leak on identity.users',
  'foreignRows',
  'rowsWithoutTenant',
  'rowsAfterTenantEnded',
);

export const insertsAnywhere = inDatabase(
  'Row-level security is off for workspaces.',
  'alter table identity.workspaces disable row level security',
  'alter table identity.workspaces enable row level security',
  'foreignInsert',
);
