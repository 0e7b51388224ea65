-- Upserts look through large tables before they lock the base. What has changed meanwhile has a higher version, and only
-- that is looked at again under the lock.
alter table airtable.records
  -- Version of the table with the last change of the record; 0 for a change before this migration.
  add version bigint not null default 0;
create index records_by_version on airtable.records (table_id, version) where version > 0;
