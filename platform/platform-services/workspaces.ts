import { randomUUID } from 'node:crypto';
import { type Workspace, type WorkspaceMember, workspaceRoles } from '../contracts/workspaces.ts';
import { type Database, isSqlState, sqlState, type Tenant, type Transaction } from '../kit/database.ts';
import { problem } from '../kit/problem.ts';
import { auditValues, insertAudit, type Origin, type SecurityEvent } from './audit.ts';
import { newOpaqueToken } from './tokens.ts';

export type WorkspaceRole = (typeof workspaceRoles)[number];

/** How long an invitation can be used. */
const invitationDays = 7;

const workspaceColumns = `w.id, w.tenant_id, w.name, w.description, w.is_default, m.role, w.created_at, w.updated_at`;
const memberColumns = `m.user_id, u.email, u.name, m.role, m.added_at`;

/** Whether one role includes all rights of the other. */
function reaches(role: WorkspaceRole, wanted: WorkspaceRole): boolean {
  return workspaceRoles.indexOf(role) <= workspaceRoles.indexOf(wanted);
}

/**
 * Locks the workspace and returns the caller's role in it, so that changes of members take turns.
 * @throws ProblemError `not_found` for who is no member, `forbidden` below `least`
 */
async function requireRole(
  tx: Transaction,
  who: Tenant,
  workspaceId: string,
  least: WorkspaceRole,
): Promise<WorkspaceRole> {
  await tx.query(
    { name: 'lock_workspace', text: 'select 1 from identity.workspaces where id = $1 for update' },
    [workspaceId],
  );
  const { rows } = await tx.query<{ role: WorkspaceRole }>(
    {
      name: 'own_role',
      text: 'select role from identity.workspace_members where workspace_id = $1 and user_id = $2',
    },
    [workspaceId, who.userId],
  );
  const role = rows[0]?.role;
  if (role === undefined) throw problem('not_found');
  if (!reaches(role, least)) throw problem('forbidden');
  return role;
}

async function readMember(
  tx: Transaction,
  workspaceId: string,
  userId: string,
): Promise<WorkspaceMember | undefined> {
  const { rows } = await tx.query<WorkspaceMember>(
    {
      name: 'read_member',
      text: `select ${memberColumns} from identity.workspace_members m join identity.users u on u.id = m.user_id
             where m.workspace_id = $1 and m.user_id = $2`,
    },
    [workspaceId, userId],
  );
  return rows[0];
}

/** @throws ProblemError `conflict` when the workspace would be left without an owner */
async function assertOwned(tx: Transaction, workspaceId: string): Promise<void> {
  const { rows } = await tx.query(
    `select 1 from identity.workspace_members where workspace_id = $1 and role = 'owner' limit 1`,
    [workspaceId],
  );
  if (rows.length === 0) throw problem('conflict', { message: 'A workspace needs at least one owner.' });
}

async function audit(
  tx: Transaction,
  who: Tenant,
  origin: Origin,
  what: { event: SecurityEvent; subject: string; details?: Record<string, unknown> },
): Promise<void> {
  const entry = { outcome: 'success', tenantId: who.tenantId, actorId: who.userId, ...what } as const;
  await tx.query(insertAudit, auditValues(entry, origin));
}

/** The caller's workspaces, the default one first. */
export async function listWorkspaces(database: Database, who: Tenant): Promise<Workspace[]> {
  const { rows } = await database.tenantQuery<Workspace>(
    who,
    {
      name: 'list_workspaces',
      text: `select ${workspaceColumns} from identity.workspaces w
             join identity.workspace_members m on m.workspace_id = w.id and m.user_id = $1
             order by w.is_default desc, lower(w.name), w.id`,
    },
    [who.userId],
  );
  return rows;
}

/** @throws ProblemError `not_found` for who is no member */
export async function readWorkspace(database: Database, who: Tenant, id: string): Promise<Workspace> {
  const { rows } = await database.tenantQuery<Workspace>(
    who,
    {
      name: 'read_workspace',
      text: `select ${workspaceColumns} from identity.workspaces w
             join identity.workspace_members m on m.workspace_id = w.id and m.user_id = $2
             where w.id = $1`,
    },
    [id, who.userId],
  );
  const workspace = rows[0];
  if (workspace === undefined) throw problem('not_found');
  return workspace;
}

/** Creates a workspace owned by its maker. */
export async function createWorkspace(
  database: Database,
  who: Tenant,
  { name, description }: { name: string; description: string | null },
): Promise<Workspace> {
  const { rows } = await database.tenantQuery<Workspace>(
    who,
    {
      name: 'create_workspace',
      text: `
        with w as (
          insert into identity.workspaces (id, tenant_id, name, description, created_by)
          values ($1, $2, $3, $4, $5) returning *
        ), m as (
          insert into identity.workspace_members (workspace_id, user_id, tenant_id, role)
          select id, $5, tenant_id, 'owner' from w returning role
        )
        select ${workspaceColumns} from w, m`,
    },
    [randomUUID(), who.tenantId, name, description, who.userId],
  );
  return rows[0] as Workspace;
}

export async function changeWorkspace(
  database: Database,
  who: Tenant,
  id: string,
  change: { name?: string | undefined; description?: string | null | undefined },
): Promise<Workspace> {
  await database.withTenant(who, async (tx) => {
    await requireRole(tx, who, id, 'admin');
    await tx.query(
      `update identity.workspaces set name = coalesce($2, name),
              description = case when $3 then $4 else description end, updated_at = now()
       where id = $1`,
      [id, change.name ?? null, change.description !== undefined, change.description ?? null],
    );
  });
  return readWorkspace(database, who, id);
}

export async function deleteWorkspace(
  database: Database,
  who: Tenant,
  id: string,
  origin: Origin,
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    await requireRole(tx, who, id, 'owner');
    const { rowCount } = await tx.query('delete from identity.workspaces where id = $1 and not is_default', [
      id,
    ]);
    if (rowCount === 0) throw problem('conflict', { message: 'The default workspace cannot be deleted.' });
    await audit(tx, who, origin, { event: 'workspace_deleted', subject: id });
  });
}

/**
 * Deletes a workspace without a member's rights being asked for; none is fine too.
 * @throws ProblemError `conflict` for the default workspace
 */
export async function deleteWorkspaceAsService(
  database: Database,
  tenantId: string,
  id: string,
): Promise<void> {
  const { rows } = await database.tenantQuery<{ is_default: boolean }>(
    { tenantId, userId: id },
    `with gone as (delete from identity.workspaces where id = $1 and not is_default)
     select is_default from identity.workspaces where id = $1`,
    [id],
  );
  if (rows[0]?.is_default) throw problem('conflict', { message: 'The default workspace cannot be deleted.' });
}

export async function listMembers(database: Database, who: Tenant, id: string): Promise<WorkspaceMember[]> {
  await readWorkspace(database, who, id);
  const { rows } = await database.tenantQuery<WorkspaceMember>(
    who,
    {
      name: 'list_members',
      text: `select ${memberColumns} from identity.workspace_members m join identity.users u on u.id = m.user_id
             where m.workspace_id = $1 order by lower(u.name), u.id`,
    },
    [id],
  );
  return rows;
}

/** Somebody's membership, as it is to be. */
export interface Membership {
  userId: string;
  role: WorkspaceRole;
}

/** @throws ProblemError `not_found` for a user of no or another tenant, `conflict` for who is a member already */
export async function addMember(
  database: Database,
  who: Tenant,
  id: string,
  { userId, role }: Membership,
  origin: Origin,
): Promise<WorkspaceMember> {
  return database.withTenant(who, async (tx) => {
    const own = await requireRole(tx, who, id, 'admin');
    if (!reaches(own, role)) throw problem('forbidden');
    const { rowCount } = await tx.query('select 1 from identity.users where id = $1', [userId]);
    if (rowCount === 0) throw problem('not_found', { message: 'There is no such user in this tenant.' });
    try {
      await tx.query(
        'insert into identity.workspace_members (workspace_id, user_id, tenant_id, role) values ($1, $2, $3, $4)',
        [id, userId, who.tenantId, role],
      );
    } catch (error) {
      if (isSqlState(error, sqlState.uniqueViolation))
        throw problem('conflict', { message: 'This user is a member already.', cause: error });
      throw error;
    }
    await audit(tx, who, origin, {
      event: 'member_added',
      subject: userId,
      details: { workspace_id: id, role },
    });
    return (await readMember(tx, id, userId)) as WorkspaceMember;
  });
}

export async function changeMember(
  database: Database,
  who: Tenant,
  id: string,
  { userId, role }: Membership,
  origin: Origin,
): Promise<WorkspaceMember> {
  return database.withTenant(who, async (tx) => {
    const own = await requireRole(tx, who, id, 'admin');
    const member = await readMember(tx, id, userId);
    if (member === undefined) throw problem('not_found');
    if (!reaches(own, role) || !reaches(own, member.role)) throw problem('forbidden');
    await tx.query(
      'update identity.workspace_members set role = $3 where workspace_id = $1 and user_id = $2',
      [id, userId, role],
    );
    await assertOwned(tx, id);
    const details = { workspace_id: id, from: member.role, to: role };
    await audit(tx, who, origin, { event: 'member_role_changed', subject: userId, details });
    return { ...member, role };
  });
}

export async function removeMember(
  database: Database,
  who: Tenant,
  id: string,
  userId: string,
  origin: Origin,
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    const own = await requireRole(tx, who, id, userId === who.userId ? 'viewer' : 'admin');
    const member = await readMember(tx, id, userId);
    if (member === undefined) throw problem('not_found');
    if (!reaches(own, member.role)) throw problem('forbidden');
    await tx.query('delete from identity.workspace_members where workspace_id = $1 and user_id = $2', [
      id,
      userId,
    ]);
    await assertOwned(tx, id);
    await audit(tx, who, origin, { event: 'member_removed', subject: userId, details: { workspace_id: id } });
  });
}

export interface CreatedInvitation {
  token: string;
  email: string;
  workspace_id: string;
  role: WorkspaceRole;
  expires_at: string;
}

/** @throws ProblemError `duplicate_email` when the address has an account already */
export async function invite(
  database: Database,
  who: Tenant,
  id: string,
  { email, role }: { email: string; role: Exclude<WorkspaceRole, 'owner'> },
  origin: Origin,
): Promise<CreatedInvitation> {
  const { token, hash } = newOpaqueToken();
  const expiresAt = await database.withTenant(who, async (tx) => {
    const own = await requireRole(tx, who, id, 'admin');
    if (!reaches(own, role)) throw problem('forbidden');
    const taken = await tx.query('select 1 from identity.find_account($1)', [email]);
    if (taken.rowCount > 0) throw problem('duplicate_email');
    const { rows } = await tx.query<{ expires_at: string }>(
      `insert into identity.invitations (token_hash, tenant_id, workspace_id, email, role, invited_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7)) returning expires_at`,
      [hash, who.tenantId, id, email, role, who.userId, invitationDays],
    );
    await audit(tx, who, origin, {
      event: 'invitation_created',
      subject: email,
      details: { workspace_id: id, role },
    });
    return rows[0]?.expires_at as string;
  });
  return { token, email, workspace_id: id, role, expires_at: expiresAt };
}
