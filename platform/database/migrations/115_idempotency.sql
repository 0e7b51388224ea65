-- Requests with an idempotency key and their responses, in the schema of each service that changes something. A row is
-- written in the transaction of the change, or before and after it where the work has effects outside of the database.
create procedure migrations.create_idempotency_keys(target text, service text)
language plpgsql
as $procedure$
begin
  execute format($sql$
    create table %1$I.idempotency_keys (
      tenant_id uuid not null,
      -- The caller; nobody for calls of services.
      user_id uuid not null,
      -- Method and path pattern.
      route text not null,
      -- Keyed hash of the key. The key itself is not stored: with it, the response could be read.
      key_hash bytea not null check (length(key_hash) = 32),
      -- SHA-256 of the request; null until the content of a stream is known.
      fingerprint bytea check (length(fingerprint) = 32),
      -- The claim of the request that is running; null once it has ended.
      holder uuid,
      held_until timestamptz,
      -- Encrypted with a key that is not in the database: responses may contain secrets. Null while it is running.
      response bytea,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      primary key (tenant_id, user_id, route, key_hash),
      check ((holder is null) = (held_until is null)),
      check ((holder is null) = (response is not null))
    )$sql$, target);
  execute format('create index idempotency_keys_expired on %1$I.idempotency_keys (expires_at)', target);
  call migrations.protect_tenant_table(format('%I.idempotency_keys', target)::regclass);

  -- Expired rows of all tenants; see migration 030.
  execute format('grant usage on schema %1$I to pyairtable_jobs', target);
  execute format('grant select (tenant_id, user_id, route, key_hash, expires_at), delete on %1$I.idempotency_keys
    to pyairtable_jobs', target);
  -- No row is ever changed, but locking one needs this right.
  execute format('grant update (expires_at) on %1$I.idempotency_keys to pyairtable_jobs', target);
  execute format('create policy sweep on %1$I.idempotency_keys to pyairtable_jobs using (expires_at < now())', target);
  execute format($sql$
    create function %1$I.sweep_idempotency_keys(at_most integer)
    returns bigint
    language sql volatile security definer set search_path = ''
    as $function$
      with swept as (
        delete from %1$I.idempotency_keys k
        where (k.tenant_id, k.user_id, k.route, k.key_hash) in (
          select w.tenant_id, w.user_id, w.route, w.key_hash from %1$I.idempotency_keys w
          where w.expires_at < now()
          order by w.expires_at
          for update skip locked
          limit at_most
        )
        returning 1
      )
      select count(*) from swept
    $function$$sql$, target);
  execute format('grant create on schema %1$I to pyairtable_jobs', target);
  execute format('alter function %1$I.sweep_idempotency_keys(integer) owner to pyairtable_jobs', target);
  execute format('revoke create on schema %1$I from pyairtable_jobs', target);
  execute 'set local role pyairtable_jobs';
  execute format('revoke all on function %1$I.sweep_idempotency_keys(integer) from public', target);
  execute format('grant execute on function %1$I.sweep_idempotency_keys(integer) to %2$I', target, service);
  execute 'set local role pyairtable_owner';
end
$procedure$;

call migrations.create_idempotency_keys('identity', 'platform_services');
call migrations.create_idempotency_keys('profiles', 'user_service');
call migrations.create_idempotency_keys('airtable', 'airtable_gateway');
call migrations.create_idempotency_keys('conversations', 'llm_orchestrator');
call migrations.create_idempotency_keys('files', 'file_service');
call migrations.create_idempotency_keys('sagas', 'saga_service');
call migrations.create_idempotency_keys('automation', 'automation_services');
drop procedure migrations.create_idempotency_keys(text, text);
