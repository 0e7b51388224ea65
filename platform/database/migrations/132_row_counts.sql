-- Numbers of rows for statistics and quotas, so that they need not read all rows of a tenant. Triggers keep them in the
-- transaction of the change. A change adds a row with a difference instead of updating a sum: concurrent changes never wait
-- for each other, and cannot deadlock. The number is the sum of all differences. Now and then a change folds those of its
-- group into one row; it skips rows that another transaction is folding.
create procedure migrations.create_row_counts(target text, service text)
language plpgsql
as $procedure$
begin
  execute format($sql$
    create table %1$I.row_counts (
      id bigint generated always as identity primary key,
      tenant_id uuid not null,
      -- What is counted, usually a table.
      counted text not null,
      -- The workspace or template of the rows; zero where there is none.
      part uuid not null,
      state text not null,
      number bigint not null,
      -- Sum of a size of the rows; zero where there is none.
      amount bigint not null
    )$sql$, target);
  execute format('create index row_counts_of_part on %1$I.row_counts (tenant_id, counted, part, state)
    include (number, amount)', target);
  call migrations.protect_tenant_table(format('%I.row_counts', target)::regclass);
  -- The service reads them, and deletes them with a tenant.
  execute format('revoke insert, update on %1$I.row_counts from %2$I', target, service);
  execute format('grant select, insert, delete on %1$I.row_counts to pyairtable_jobs', target);
  -- No row is changed, but locking one needs this right.
  execute format('grant update (number) on %1$I.row_counts to pyairtable_jobs', target);
  -- Jobs without a tenant change counted rows too.
  execute format('create policy count_changes on %1$I.row_counts to pyairtable_jobs using (true) with check (true)', target);
end
$procedure$;
call migrations.create_row_counts('profiles', 'user_service');
call migrations.create_row_counts('files', 'file_service');
call migrations.create_row_counts('automation', 'automation_services');
drop procedure migrations.create_row_counts(text, text);

-- Counts the rows of a table. part, state and amount are expressions of its columns; r is a row. An update counts if
-- changed is true for old and new. One in fold_one_of changes folds.
create procedure migrations.count_rows(
  target text, counted_table text, counted text, part text, state text, amount text, changed text, fold_one_of integer)
language plpgsql
as $procedure$
declare
  counter text := format('%I.count_%s', target, counted);
begin
  execute format($sql$
    create function %1$s() returns trigger
    language plpgsql volatile security definer set search_path = ''
    as $function$
    declare
      added bigint[];
    begin
      if tg_op = 'UPDATE' then
        with differences as (
          insert into %2$I.row_counts (tenant_id, counted, part, state, number, amount)
          select r.tenant_id, %3$L, %4$s, %5$s, -1, -(%6$s) from (select old.*) as r
          union all
          select r.tenant_id, %3$L, %4$s, %5$s, 1, %6$s from (select new.*) as r
          returning id
        )
        select array_agg(d.id) into added from differences d;
      else
        with differences as (
          insert into %2$I.row_counts (tenant_id, counted, part, state, number, amount)
          select c.tenant_id, %3$L, c.part, c.state, c.sign * count(*), c.sign * sum(c.amount)
          from (
            select r.tenant_id, %4$s as part, %5$s as state, %6$s as amount,
              case tg_op when 'INSERT' then 1 else -1 end as sign
            from changed_rows r
          ) as c
          group by c.tenant_id, c.part, c.state, c.sign
          returning id
        )
        select array_agg(d.id) into added from differences d;
      end if;
      -- Other isolation levels would fail if another transaction has folded the same rows meanwhile.
      if random() * %7$s < 1 and current_setting('transaction_isolation') = 'read committed' then
        with found as (
          select c.id from %2$I.row_counts c
          join (
            select distinct a.tenant_id, a.counted, a.part, a.state from %2$I.row_counts a where a.id = any(added)
          ) as touched using (tenant_id, counted, part, state)
          limit 1000
          for update of c skip locked
        ), taken as (
          delete from %2$I.row_counts c using found where c.id = found.id
          returning c.tenant_id, c.counted, c.part, c.state, c.number, c.amount
        )
        insert into %2$I.row_counts (tenant_id, counted, part, state, number, amount)
        select t.tenant_id, t.counted, t.part, t.state, sum(t.number), sum(t.amount) from taken t
        group by t.tenant_id, t.counted, t.part, t.state
        having sum(t.number) <> 0 or sum(t.amount) <> 0;
      end if;
      return null;
    end
    $function$$sql$, counter, target, counted, part, state, amount, fold_one_of);
  execute format('create trigger count_added_%3$s after insert on %1$I.%2$I
    referencing new table as changed_rows for each statement execute function %4$s()', target, counted_table, counted, counter);
  execute format('create trigger count_deleted_%3$s after delete on %1$I.%2$I
    referencing old table as changed_rows for each statement execute function %4$s()', target, counted_table, counted, counter);
  if changed <> '' then
    execute format('create trigger count_changed_%3$s after update on %1$I.%2$I
      for each row when (%5$s) execute function %4$s()', target, counted_table, counted, counter, changed);
  end if;
  execute format('grant create on schema %1$I to pyairtable_jobs', target);
  execute format('alter function %1$s() owner to pyairtable_jobs', counter);
  execute format('revoke create on schema %1$I from pyairtable_jobs', target);

  -- The rows that exist. Creating a trigger keeps others from changing the table until the end of the transaction.
  execute format('alter table %1$I.%2$I no force row level security', target, counted_table);
  execute format('alter table %1$I.row_counts no force row level security', target);
  execute format($sql$
    insert into %1$I.row_counts (tenant_id, counted, part, state, number, amount)
    select c.tenant_id, %3$L, c.part, c.state, count(*), sum(c.amount)
    from (select r.tenant_id, %4$s as part, %5$s as state, %6$s as amount from %1$I.%2$I r) as c
    group by c.tenant_id, c.part, c.state$sql$, target, counted_table, counted, part, state, amount);
  execute format('alter table %1$I.row_counts force row level security', target);
  execute format('alter table %1$I.%2$I force row level security', target, counted_table);
end
$procedure$;

call migrations.count_rows('files', 'files', 'files', 'r.workspace_id', 'r.status', 'r.size',
  '(old.workspace_id, old.status, old.size) is distinct from (new.workspace_id, new.status, new.size)', 8);
call migrations.count_rows('automation', 'workflows', 'workflows', 'r.workspace_id', 'r.status', '0',
  '(old.workspace_id, old.status) is distinct from (new.workspace_id, new.status)', 8);
call migrations.count_rows('automation', 'executions', 'executions', 'r.workspace_id', 'r.status', '0',
  '(old.workspace_id, old.status) is distinct from (new.workspace_id, new.status)', 32);
call migrations.count_rows('automation', 'template_uses', 'template_uses', 'r.template_id', '''used''', '0', '', 8);
call migrations.count_rows('profiles', 'profiles', 'profiles', '''00000000-0000-0000-0000-000000000000''::uuid',
  'case when r.is_active then ''active'' else ''inactive'' end', '0', 'old.is_active <> new.is_active', 4);
-- By the hour, in which they were created: profiles of the last 30 days are those of 720 hours and a part of one.
call migrations.count_rows('profiles', 'profiles', 'created_profiles', '''00000000-0000-0000-0000-000000000000''::uuid',
  'to_char(r.created_at at time zone ''UTC'', ''YYYY-MM-DD HH24'')', '0', '', 1);
drop procedure migrations.count_rows(text, text, text, text, text, text, text, integer);

create index profiles_newest on profiles.profiles (tenant_id, created_at);
create index template_uses_newest on automation.template_uses (tenant_id, template_id, used_at);
drop index automation.template_uses_by_template;
