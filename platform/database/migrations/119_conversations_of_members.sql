-- Conversations are private, so the service sees only those of the user whom it acts for, and cannot count those that a
-- workspace still holds. This function counts for it, and shows nothing of them. The tenant comes from the transaction.
grant usage on schema conversations to pyairtable_jobs;
grant select (tenant_id, user_id, workspace_id) on conversations.conversation_sessions to pyairtable_jobs;
create index conversation_sessions_by_workspace on conversations.conversation_sessions (tenant_id, workspace_id);

-- One row for each conversation of these users in a workspace.
create function conversations.held_in_workspace(workspace uuid, users uuid[])
returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select s.user_id from conversations.conversation_sessions s
  where s.workspace_id = workspace and s.user_id = any(users)
$$;

grant create on schema conversations to pyairtable_jobs;
alter function conversations.held_in_workspace(uuid, uuid[]) owner to pyairtable_jobs;
revoke create on schema conversations from pyairtable_jobs;

set local role pyairtable_jobs;
revoke all on function conversations.held_in_workspace(uuid, uuid[]) from public;
grant execute on function conversations.held_in_workspace(uuid, uuid[]) to llm_orchestrator;
