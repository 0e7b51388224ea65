-- Large tables of the embedded Airtable are sorted, filtered and merged by keys in tables of their own. An index on
-- airtable.records cannot do that: under forced row-level security only leakproof operators become index conditions, and
-- those of jsonb are not.

-- The order of texts in sorted lists, as Intl.Collator('en', { numeric: true }) compares them.
create collation airtable.natural_order (provider = icu, locale = 'en-u-kn-true', deterministic = false);

alter table airtable.tables
  -- Number of changes of the records. It lets a reader see that nothing has changed.
  add version bigint not null default 0;

-- Fields whose keys are stored.
create table airtable.key_indexes (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  base_id text not null,
  table_id text not null,
  field_id text not null,
  -- Number of the last record whose key is stored; null when the keys of all records are. Writers store the keys of
  -- their records from the beginning.
  built_to bigint default 0,
  -- Keys of a dropped index are out of date. They are deleted in batches.
  dropped boolean not null default false,
  used_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  foreign key (table_id, tenant_id) references airtable.tables (id, tenant_id) on delete cascade
);
create unique index key_indexes_by_field on airtable.key_indexes (table_id, field_id) where not dropped;
call migrations.protect_tenant_table('airtable.key_indexes');

-- One row per record, also for records without a value: then the key is null. Both tables have the same columns.
create procedure migrations.create_record_keys(target text, key_type text)
language plpgsql
as $procedure$
begin
  execute format($sql$
    create table airtable.%1$I (
      tenant_id uuid not null,
      index_id bigint not null references airtable.key_indexes (id) on delete cascade,
      -- Number of the record in its table.
      number bigint not null,
      key %2$s,
      -- Version of the table in which the key last changed.
      version bigint not null,
      primary key (index_id, number)
    )$sql$, target, key_type);
  -- In ascending lists, records without a value come first.
  execute format('create index %1$s_in_order on airtable.%1$I (index_id, key nulls first, number)', target);
  execute format('create index %1$s_by_version on airtable.%1$I (index_id, version)', target);
  call migrations.protect_tenant_table(format('airtable.%I', target)::regclass);
end
$procedure$;
call migrations.create_record_keys('text_keys', 'text collate airtable.natural_order');
call migrations.create_record_keys('number_keys', 'double precision');
drop procedure migrations.create_record_keys(text, text);

-- Changes with every change of the base's schema, so that a reader can keep the schema.
alter table airtable.bases add schema_version bigint not null default 0;

create function airtable.count_schema_change_of_tables() returns trigger
language plpgsql set search_path = ''
as $$
begin
  update airtable.bases set schema_version = schema_version + 1
  where id in (select distinct base_id from changed);
  return null;
end
$$;
create function airtable.count_schema_change_of_table() returns trigger
language plpgsql set search_path = ''
as $$
begin
  update airtable.bases set schema_version = schema_version + 1 where id = new.base_id;
  return null;
end
$$;
create function airtable.count_schema_change_of_parts() returns trigger
language plpgsql set search_path = ''
as $$
begin
  update airtable.bases set schema_version = schema_version + 1
  where id in (select distinct t.base_id from airtable.tables t join changed c on c.table_id = t.id);
  return null;
end
$$;
create function airtable.count_schema_change_of_base() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.schema_version := old.schema_version + 1;
  return new;
end
$$;

create trigger tables_added after insert on airtable.tables
  referencing new table as changed
  for each statement execute function airtable.count_schema_change_of_tables();
create trigger tables_removed after delete on airtable.tables
  referencing old table as changed
  for each statement execute function airtable.count_schema_change_of_tables();
-- Not for the counters of records, which every write changes.
create trigger table_changed after update on airtable.tables
  for each row when (
    (old.name, old.description, old.position, old.primary_field_id)
    is distinct from (new.name, new.description, new.position, new.primary_field_id)
  )
  execute function airtable.count_schema_change_of_table();
create trigger base_changed before update on airtable.bases
  for each row when ((old.name, old.workspace_id) is distinct from (new.name, new.workspace_id))
  execute function airtable.count_schema_change_of_base();

create procedure migrations.count_changes_of_parts(target regclass)
language plpgsql
as $procedure$
declare
  kind record;
begin
  for kind in select * from (values ('insert', 'new'), ('update', 'new'), ('delete', 'old')) as k (event, rows) loop
    execute format(
      'create trigger schema_%1$s after %1$s on %2$s referencing %3$s table as changed
       for each statement execute function airtable.count_schema_change_of_parts()',
      kind.event, target, kind.rows);
  end loop;
end
$procedure$;
call migrations.count_changes_of_parts('airtable.fields');
call migrations.count_changes_of_parts('airtable.views');
drop procedure migrations.count_changes_of_parts(regclass);
