-- Files and conversations belong to a workspace. Those from before belong to the default workspace of their tenant.
-- Without one, the tenant does not exist any more, and no user has rights in the workspace that is named then.
alter table files.files add column workspace_id uuid;
alter table conversations.conversation_sessions add column workspace_id uuid;

alter table identity.workspaces no force row level security;
alter table files.files no force row level security;
alter table conversations.conversation_sessions no force row level security;
update files.files f set workspace_id = coalesce(
  (select w.id from identity.workspaces w where w.tenant_id = f.tenant_id and w.is_default), f.tenant_id);
update conversations.conversation_sessions c set workspace_id = coalesce(
  (select w.id from identity.workspaces w where w.tenant_id = c.tenant_id and w.is_default), c.tenant_id);
alter table identity.workspaces force row level security;
alter table files.files force row level security;
alter table conversations.conversation_sessions force row level security;

alter table files.files alter column workspace_id set not null;
alter table conversations.conversation_sessions alter column workspace_id set not null;
