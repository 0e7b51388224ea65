import type {
  BaseDetails,
  IndividualCollaborator,
} from '../../../contracts/airtable-gateway/base-details.ts';
import { toAirtableUserId } from '../../../contracts/airtable-gateway/user-id.ts';
import { toAirtableWorkspaceId } from '../../../contracts/airtable-gateway/workspace-id.ts';
import type { FoundMember } from '../../../contracts/platform-services/authentication.ts';
import { permissionLevel } from '../../../contracts/rights.ts';
import type { Transaction } from '../../../kit/postgres/database.ts';
import { isId } from '../airtable-id.ts';
import { notFound } from '../airtable-problem.ts';
import type { BaseParts, Call } from '../upstream.ts';
import type { UserDirectory } from '../users/user-directory.ts';

interface BaseRow {
  id: string;
  name: string;
  createdTime: string;
  workspaceId: string;
}

/**
 * A base's details with the parts that are asked for. Its collaborators are the members of its workspace. There are no
 * groups, invite links and interfaces.
 * @throws AirtableProblem `NOT_FOUND`, or `SERVICE_UNAVAILABLE` when collaborators cannot be looked up
 */
export async function showBase(
  { query, users, call }: { query: Transaction['query']; users: UserDirectory; call: Call },
  baseId: string,
  parts: BaseParts,
): Promise<BaseDetails> {
  if (!isId('app', baseId)) throw notFound();
  const { rows } = await query<BaseRow>(
    {
      name: 'airtable_base_details',
      text: `
        select id, name, created_at as "createdTime", workspace_id as "workspaceId" from airtable.bases
        where id = $1`,
    },
    [baseId],
  );
  const [base] = rows;
  if (base === undefined) throw notFound();
  const { caller, signal, rights } = call;
  const { workspaceId } = base;
  const workspaceCollaborators = parts.collaborators
    ? toCollaborators(await users.list({ caller, signal, workspaceId }))
    : [];
  return {
    ...base,
    workspaceId: toAirtableWorkspaceId(workspaceId),
    permissionLevel: permissionLevel(rights.roleIn(workspaceId)),
    ...(parts.collaborators && {
      individualCollaborators: { baseCollaborators: [], workspaceCollaborators },
      groupCollaborators: { baseCollaborators: [], workspaceCollaborators: [] },
    }),
    ...(parts.inviteLinks && { inviteLinks: { baseInviteLinks: [], workspaceInviteLinks: [] } }),
    ...(parts.interfaces && { interfaces: {} }),
  };
}

/** The platform does not store who added a member. The oldest account, the first of the list, stands for that user. */
function toCollaborators(members: readonly FoundMember[]): IndividualCollaborator[] {
  const [oldest] = members;
  if (oldest === undefined) return [];
  const grantedByUserId = toAirtableUserId(oldest.id);
  return members.map(({ id, email, membership }) => ({
    userId: toAirtableUserId(id),
    email,
    permissionLevel: permissionLevel(membership.role),
    createdTime: membership.added_at,
    grantedByUserId,
  }));
}
