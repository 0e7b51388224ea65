import {
  type Invitation,
  invitationLimits,
  type PendingInvitation,
} from '../../../contracts/platform-services/invitations.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { newOpaqueToken } from '../sessions/tokens.ts';
import type { InvitationDeps } from './invitation-deps.ts';
import { requireInviter } from './inviter.ts';

const columns = `i.id, i.email, i.workspace_id, w.name as workspace_name, i.role, i.tenant_role,
  (select u.id from identity.users u where u.id = i.invited_by) as invited_by,
  case when i.accepted_at is not null then 'accepted' when i.expires_at <= now() then 'expired' else 'pending' end as status,
  i.created_at, i.sent_at, i.expires_at`;
const source = 'identity.invitations i join identity.workspaces w on w.id = i.workspace_id';
/** Maximum number of invitations in a list. */
const maxListed = 1_000;

/** @throws ProblemError `not_found` */
export async function readInvitation(
  tx: Transaction,
  workspaceId: string,
  id: string,
): Promise<PendingInvitation> {
  const { rows } = await tx.query<PendingInvitation>(
    `select ${columns} from ${source} where i.id = $1 and i.workspace_id = $2`,
    [id, workspaceId],
  );
  if (rows[0] === undefined) throw problem('not_found', { message: 'There is no such invitation.' });
  return rows[0];
}

/** Invitations to a workspace, or to all of the tenant; newest first. */
export async function listInvitations(
  database: Database,
  who: Tenant,
  workspaceId?: string,
): Promise<PendingInvitation[]> {
  const { rows } = await database.tenantQuery<PendingInvitation>(
    who,
    {
      name: 'list_invitations',
      text: `select ${columns} from ${source} where $1::uuid is null or i.workspace_id = $1
             order by i.created_at desc, i.id limit ${maxListed}`,
    },
    [workspaceId ?? null],
  );
  return rows;
}

/**
 * Locks an invitation that was not accepted.
 * @throws ProblemError `not_found`, `forbidden`, or `conflict` for an accepted one
 */
async function lockPending(
  tx: Transaction,
  who: Tenant,
  { workspaceId, id }: { workspaceId: string; id: string },
): Promise<PendingInvitation> {
  await requireInviter(tx, who, workspaceId);
  await tx.query('select 1 from identity.invitations where id = $1 for update', [id]);
  const invitation = await readInvitation(tx, workspaceId, id);
  if (invitation.status === 'accepted')
    throw problem('conflict', { message: 'This invitation was accepted. Remove the member instead.' });
  return invitation;
}

/** @throws ProblemError `not_found`, `forbidden`, or `conflict` for an accepted one */
export function revokeInvitation(
  { database }: InvitationDeps,
  who: Tenant,
  which: { workspaceId: string; id: string },
  origin: Origin,
): Promise<void> {
  return database.withTenant(who, async (tx) => {
    const { email } = await lockPending(tx, who, which);
    await tx.query('delete from identity.invitations where id = $1', [which.id]);
    const details = { workspace_id: which.workspaceId, invitation_id: which.id };
    await auditChange(tx, who, origin, { event: 'invitation_revoked', subject: email, details });
  });
}

/**
 * Sends an invitation again with a new secret; the earlier one stops working.
 * @throws ProblemError `not_found`, `forbidden`, `rate_limited`, or `conflict` for an accepted one
 */
export function resendInvitation(
  { database, mail }: InvitationDeps,
  who: Tenant,
  which: { workspaceId: string; id: string },
  origin: Origin,
): Promise<Invitation> {
  const { token, hash } = newOpaqueToken();
  return database.withTenant(who, async (tx) => {
    const { email } = await lockPending(tx, who, which);
    const { rowCount } = await tx.query(
      `update identity.invitations set token_hash = $2, sent_at = now(), expires_at = now() + make_interval(days => $3)
       where id = $1 and sent_at <= now() - make_interval(secs => $4)`,
      [which.id, hash, invitationLimits.days, invitationLimits.resendSeconds],
    );
    if (rowCount === 0)
      throw problem('rate_limited', {
        message: `An invitation is sent at most once in ${invitationLimits.resendSeconds} s.`,
        headers: { 'retry-after': String(invitationLimits.resendSeconds) },
      });
    const invitation = { ...(await readInvitation(tx, which.workspaceId, which.id)), token };
    await mail(tx, who, invitation);
    const details = { workspace_id: which.workspaceId, invitation_id: which.id };
    await auditChange(tx, who, origin, { event: 'invitation_resent', subject: email, details });
    return invitation;
  });
}
