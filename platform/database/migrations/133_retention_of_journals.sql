-- Retention of notifications, of keys of commands, of logs of syncs and of the use of models; see migrations 106 and 131.
-- Each function deletes a batch by an index on the time, and leaves rows that others have locked for the next time.
create procedure migrations.retain(target text, kept text, kind text, key text, at text, ended text, service text)
language plpgsql
as $procedure$
begin
  execute format('grant usage on schema %1$I to pyairtable_retention', target);
  execute format('grant select, delete on %1$I.%2$I to pyairtable_retention', target, kept);
  -- No row is changed, but locking one needs this right.
  execute format('grant update (%3$I) on %1$I.%2$I to pyairtable_retention', target, kept, at);
  execute format('create policy retention on %1$I.%2$I to pyairtable_retention
    using (%4$s and %3$I < now() - interval ''1 day'')', target, kept, at, ended);
  execute format('create index %2$s_outdated on %1$I.%2$I (%3$I) where %4$s', target, kept, at, ended);
  execute format($sql$
    create function %1$I.delete_outdated_%3$s(keep_days integer, at_most integer)
    returns bigint
    language sql volatile security definer set search_path = ''
    as $function$
      with deleted as (
        delete from %1$I.%2$I d
        where (%4$s) in (
          select %4$s from %1$I.%2$I w
          where %6$s and w.%5$I < now() - make_interval(days => keep_days)
          order by w.%5$I
          limit at_most
          for update skip locked
        )
        returning 1
      )
      select count(*) from deleted
    $function$$sql$, target, kept, kind, key, at, ended);
  execute format('grant create on schema %1$I to pyairtable_retention', target);
  execute format('alter function %1$I.delete_outdated_%2$s(integer, integer) owner to pyairtable_retention', target, kind);
  execute format('revoke create on schema %1$I from pyairtable_retention', target);
  execute 'set local role pyairtable_retention';
  execute format('revoke all on function %1$I.delete_outdated_%2$s(integer, integer) from public', target, kind);
  execute format('grant execute on function %1$I.delete_outdated_%2$s(integer, integer) to %3$I', target, kind, service);
  execute 'set local role pyairtable_owner';
end
$procedure$;

call migrations.retain('automation', 'notifications', 'notifications', 'id', 'created_at', 'true', 'automation_services');
call migrations.retain('automation', 'commands', 'commands', 'tenant_id, idempotency_key', 'created_at', 'true',
  'automation_services');
-- A call that is still running has no final cost.
call migrations.retain('conversations', 'api_usage_logs', 'usage_logs', 'tenant_id, id', 'created_at',
  'status <> ''reserved''', 'llm_orchestrator');
call migrations.retain('airtable', 'airtable_sync_logs', 'sync_logs', 'sync_id', 'started_at', 'true', 'airtable_gateway');
drop procedure migrations.retain(text, text, text, text, text, text, text);
-- There is one already: idx_airtable_sync_logs_started_at.
drop index airtable.airtable_sync_logs_outdated;
