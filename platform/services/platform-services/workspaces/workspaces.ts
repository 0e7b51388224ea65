import { randomUUID } from 'node:crypto';
import type { Workspace } from '../../../contracts/platform-services/workspaces.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import type { AssertEmpty } from './workspace-contents.ts';
import { requireRole } from './workspace-roles.ts';

export interface DeleteWorkspaceDeps {
  database: Database;
  assertEmpty: AssertEmpty;
}

const workspaceColumns = `w.id, w.tenant_id, w.name, w.description, w.is_default, m.role, w.created_at, w.updated_at`;

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

/** @throws ProblemError `not_found` when the caller is not a member */
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

/** Creates a workspace owned by the caller. */
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

/** Deletes a locked workspace that holds nothing. @returns the users who were members */
async function deleteEmpty(
  tx: Transaction,
  { tenantId }: Tenant,
  { id, assertEmpty }: { id: string; assertEmpty: AssertEmpty },
): Promise<string[]> {
  const { rows } = await tx.query<{ is_default: boolean }>(
    'select is_default from identity.workspaces where id = $1 for update',
    [id],
  );
  if (rows[0] === undefined) return [];
  if (rows[0].is_default) throw problem('conflict', { message: 'The default workspace cannot be deleted.' });
  const members = await memberIds(tx, id);
  await assertEmpty({ tenantId, id, memberIds: members });
  await tx.query('delete from identity.workspaces where id = $1', [id]);
  return members;
}

/**
 * @returns the users who were members
 * @throws ProblemError `not_found`, `forbidden`; `conflict` for the default workspace and one that holds anything;
 * `not_ready` when a service does not tell what it holds
 */
export async function deleteWorkspace(
  { database, assertEmpty }: DeleteWorkspaceDeps,
  who: Tenant,
  id: string,
  origin: Origin,
): Promise<string[]> {
  return database.withTenant(who, async (tx) => {
    await requireRole(tx, who, id, 'owner');
    const members = await deleteEmpty(tx, who, { id, assertEmpty });
    await auditChange(tx, who, origin, { event: 'workspace_deleted', subject: id });
    return members;
  });
}

async function memberIds(tx: Transaction, id: string): Promise<string[]> {
  const { rows } = await tx.query<{ user_id: string }>(
    'select user_id from identity.workspace_members where workspace_id = $1',
    [id],
  );
  return rows.map(({ user_id }) => user_id);
}

/**
 * Deletes a workspace on behalf of another service: no role is required. Succeeds when there is none.
 * @returns the users who were members
 * @throws ProblemError as `deleteWorkspace`
 */
export async function deleteWorkspaceAsService(
  { database, assertEmpty }: DeleteWorkspaceDeps,
  tenantId: string,
  id: string,
): Promise<string[]> {
  const who = { tenantId, userId: id };
  return database.withTenant(who, (tx) => deleteEmpty(tx, who, { id, assertEmpty }));
}
