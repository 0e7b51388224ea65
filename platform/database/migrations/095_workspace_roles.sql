-- Roles in a workspace: `member` becomes `editor`, and `commenter` is new between editor and viewer.
alter table identity.workspace_members drop constraint workspace_members_role_check;
alter table identity.invitations drop constraint invitations_role_check;

-- Forced row-level security hides every row from a migration too; see migration 001.
alter table identity.workspace_members no force row level security;
alter table identity.invitations no force row level security;
update identity.workspace_members set role = 'editor' where role = 'member';
update identity.invitations set role = 'editor' where role = 'member';
alter table identity.workspace_members force row level security;
alter table identity.invitations force row level security;

alter table identity.workspace_members
  add check (role in ('owner', 'admin', 'editor', 'commenter', 'viewer'));
alter table identity.invitations add check (role in ('admin', 'editor', 'commenter', 'viewer'));

-- Roles of one user in all workspaces, which every service asks for.
create index workspace_members_of_user on identity.workspace_members (user_id, workspace_id) include (role);
drop index identity.workspace_members_user_id;
