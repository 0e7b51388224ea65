-- Lists are read by pages in the order of an index, so their cost does not grow with the table. Each index begins with
-- the tenant, which row-level security compares, continues with the columns of a filter, and ends with the sort keys and
-- a unique id, all in one direction: only then does one comparison of rows find the place after a cursor.

-- Names are sorted in lower case. A comparison with lower(name) cannot use an index under row-level security, because
-- PostgreSQL does not know the function as leakproof; one with a column can.
alter table identity.users add column name_key text not null generated always as (lower(name)) stored;
create index users_by_name on identity.users (tenant_id, name_key, id);
create index users_by_role on identity.users (tenant_id, role, name_key, id);
create index users_inactive on identity.users (tenant_id, name_key, id) where not is_active;
drop index identity.users_tenant_id;

alter table profiles.profiles add column name_key text not null generated always as (lower(display_name)) stored;
create index profiles_by_name on profiles.profiles (tenant_id, name_key, id);
drop index profiles.profiles_tenant_name;

create index audit_events_newest on identity.audit_events (tenant_id, created_at desc, id desc);
create index audit_events_of_actor on identity.audit_events (tenant_id, actor_id, created_at desc, id desc);
create index audit_events_of_kind on identity.audit_events (tenant_id, event, created_at desc, id desc);
create index audit_events_failed on identity.audit_events (tenant_id, created_at desc, id desc) where outcome = 'failure';
drop index identity.audit_events_tenant_time;

create index sessions_of_user on identity.sessions (tenant_id, user_id, last_used_at desc, id desc)
  where revoked_at is null;

create index sagas_newest on sagas.sagas (tenant_id, workspace_id, created_at desc, id desc);
create index sagas_with_status on sagas.sagas (tenant_id, workspace_id, status, created_at desc, id desc);
drop index sagas.sagas_newest_first;
drop index sagas.sagas_workspace;

create index workflows_newest on automation.workflows (tenant_id, workspace_id, created_at desc, id desc);
create index workflows_with_status on automation.workflows (tenant_id, workspace_id, status, created_at desc, id desc);
drop index automation.workflows_by_workspace;
drop index automation.workflows_by_tenant;

create index executions_newest on automation.executions (tenant_id, workspace_id, created_at desc, id desc);
create index executions_with_status on automation.executions (tenant_id, workspace_id, status, created_at desc, id desc);
create index executions_of_workflow on automation.executions (tenant_id, workflow_id, created_at desc, id desc);
drop index automation.executions_by_tenant;
drop index automation.executions_by_workflow;

-- Whether a workflow is running, and how many executions of a tenant are unfinished. The former index was without the
-- tenant, so the second question read the unfinished executions of all tenants.
create index executions_unfinished on automation.executions (tenant_id, workflow_id)
  where status in ('pending', 'running', 'paused');
drop index automation.executions_open;

-- The former key was the id alone, in whose order PostgreSQL searched the logs of all executions for those of one.
alter table automation.execution_logs drop constraint execution_logs_pkey, add primary key (tenant_id, execution_id, id);
drop index automation.execution_logs_by_execution;

create index notifications_newest on automation.notifications (tenant_id, recipient_id, created_at desc, id desc);
drop index automation.notifications_by_recipient;

create index files_newest on files.files (tenant_id, workspace_id, created_at desc, id desc);
create index files_with_status on files.files (tenant_id, workspace_id, status, created_at desc, id desc);
drop index files.files_by_tenant;

create index conversation_sessions_latest
  on conversations.conversation_sessions (tenant_id, user_id, workspace_id, last_activity desc, id desc);
drop index conversations.conversation_sessions_recent;
drop index conversations.conversation_sessions_by_workspace;

create index sync_logs_newest on airtable.airtable_sync_logs (tenant_id, base_id, started_at desc, id desc);
create index sync_logs_with_status
  on airtable.airtable_sync_logs (tenant_id, base_id, sync_status, started_at desc, id desc);
