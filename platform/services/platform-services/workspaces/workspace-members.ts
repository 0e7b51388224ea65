import type { WorkspaceMember } from '../../../contracts/platform-services/workspaces.ts';
import { includesRole, type WorkspaceRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import {
  type Database,
  isSqlState,
  sqlState,
  type Tenant,
  type Transaction,
} from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { requireRole } from './workspace-roles.ts';

const memberColumns = `m.user_id, u.email, u.name, m.role, m.added_at`;

export async function readMember(
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

/** @throws ProblemError `conflict` when the workspace has no owner left */
async function assertOwned(tx: Transaction, workspaceId: string): Promise<void> {
  const { rows } = await tx.query(
    `select 1 from identity.workspace_members where workspace_id = $1 and role = 'owner' limit 1`,
    [workspaceId],
  );
  if (rows.length === 0) throw problem('conflict', { message: 'A workspace needs at least one owner.' });
}

export async function listMembers(database: Database, who: Tenant, id: string): Promise<WorkspaceMember[]> {
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

export interface Membership {
  userId: string;
  role: WorkspaceRole;
}

/** @throws ProblemError `not_found` when the tenant has no such user; `conflict` when the user is already a member */
export async function addMember(
  database: Database,
  who: Tenant,
  id: string,
  { userId, role }: Membership,
  origin: Origin,
): Promise<WorkspaceMember> {
  return database.withTenant(who, async (tx) => {
    const own = await requireRole(tx, who, id, 'admin', { orTenantAdmin: true });
    if (!includesRole(own, role)) throw problem('forbidden');
    const { rowCount } = await tx.query('select 1 from identity.users where id = $1', [userId]);
    if (rowCount === 0) throw problem('not_found', { message: 'There is no such user in this tenant.' });
    try {
      await tx.query(
        'insert into identity.workspace_members (workspace_id, user_id, tenant_id, role) values ($1, $2, $3, $4)',
        [id, userId, who.tenantId, role],
      );
    } catch (error) {
      if (isSqlState(error, sqlState.uniqueViolation))
        throw problem('conflict', { message: 'This user is already a member.', cause: error });
      throw error;
    }
    await auditChange(tx, who, origin, {
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
    const own = await requireRole(tx, who, id, 'admin', { orTenantAdmin: true });
    const member = await readMember(tx, id, userId);
    if (member === undefined) throw problem('not_found');
    if (!includesRole(own, role) || !includesRole(own, member.role)) throw problem('forbidden');
    await tx.query(
      'update identity.workspace_members set role = $3 where workspace_id = $1 and user_id = $2',
      [id, userId, role],
    );
    await assertOwned(tx, id);
    const details = { workspace_id: id, from: member.role, to: role };
    await auditChange(tx, who, origin, { event: 'member_role_changed', subject: userId, details });
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
    const own = await requireRole(tx, who, id, userId === who.userId ? 'viewer' : 'admin', {
      orTenantAdmin: true,
    });
    const member = await readMember(tx, id, userId);
    if (member === undefined) throw problem('not_found');
    if (!includesRole(own, member.role)) throw problem('forbidden');
    await tx.query('delete from identity.workspace_members where workspace_id = $1 and user_id = $2', [
      id,
      userId,
    ]);
    await assertOwned(tx, id);
    await auditChange(tx, who, origin, {
      event: 'member_removed',
      subject: userId,
      details: { workspace_id: id },
    });
  });
}
