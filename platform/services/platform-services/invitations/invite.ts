import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import {
  type Invitation,
  invitationLimits,
  type invitationRoutes,
} from '../../../contracts/platform-services/invitations.ts';
import { includesRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { newOpaqueToken } from '../sessions/tokens.ts';
import type { InvitationDeps } from './invitation-deps.ts';
import { readInvitation } from './invitations.ts';
import { requireInviter } from './inviter.ts';

type Definition = z.output<(typeof invitationRoutes)['invite']['body']>;

/**
 * Rejects an address that cannot join by invitation.
 * @throws ProblemError `duplicate_email` for an account of another tenant; `conflict` for a member, a deactivated user,
 * and an account that would get another role in the tenant
 */
async function assertInvitable(
  tx: Transaction,
  who: Tenant,
  workspaceId: string,
  { email, tenant_role }: Definition,
): Promise<void> {
  const { rows } = await tx.query<{ id: string; tenant_id: string; is_active: boolean; role: string }>(
    'select id, tenant_id, is_active, role from identity.find_account($1)',
    [email],
  );
  const [account] = rows;
  if (account === undefined) return;
  if (account.tenant_id !== who.tenantId)
    throw problem('duplicate_email', {
      message:
        'This address has an account in another tenant. Invite another address of the person, or ask the person to delete that account first.',
    });
  if (!account.is_active)
    throw problem('conflict', { message: 'This user is deactivated. Reactivate the user instead.' });
  if (tenant_role !== 'user' && tenant_role !== account.role)
    throw problem('conflict', {
      message: 'This user exists. Change the role in the tenant with PATCH /tenant/users/{id}.',
    });
  const member = await tx.query(
    'select 1 from identity.workspace_members where workspace_id = $1 and user_id = $2',
    [workspaceId, account.id],
  );
  if (member.rowCount > 0) throw problem('conflict', { message: 'This user is already a member.' });
}

async function assertBelowLimit(tx: Transaction): Promise<void> {
  const { rows } = await tx.query<{ pending: number }>(
    'select count(*) as pending from identity.invitations where accepted_at is null and expires_at > now()',
  );
  if ((rows[0]?.pending ?? 0) >= invitationLimits.perTenant)
    throw problem('conflict', {
      message: `The tenant has ${invitationLimits.perTenant} pending invitations, the maximum. Revoke some first.`,
    });
}

/**
 * Invites an address. It replaces an earlier invitation of the address to the same workspace.
 * @throws ProblemError `not_found`, `forbidden`, `duplicate_email` or `conflict`
 */
export function invite(
  { database, mail }: InvitationDeps,
  who: Tenant,
  workspaceId: string,
  { definition, origin }: { definition: Definition; origin: Origin },
): Promise<Invitation> {
  const { email, role, tenant_role } = definition;
  const { token, hash } = newOpaqueToken();
  return database.withTenant(who, async (tx) => {
    const inviter = await requireInviter(tx, who, workspaceId);
    if (!includesRole(inviter.highest, role))
      throw problem('forbidden', { message: `You can invite up to the role ${inviter.highest}.` });
    if (tenant_role !== 'user' && !inviter.grantsTenantRoles)
      throw problem('forbidden', { message: 'A role in the tenant needs the role admin in the tenant.' });
    await assertInvitable(tx, who, workspaceId, definition);
    await tx.query(
      `delete from identity.invitations
       where workspace_id = $1 and lower(email) = lower($2) and accepted_at is null`,
      [workspaceId, email],
    );
    await assertBelowLimit(tx);
    const id = randomUUID();
    await tx.query(
      `insert into identity.invitations
         (id, token_hash, tenant_id, workspace_id, email, role, tenant_role, invited_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(days => $9))`,
      [id, hash, who.tenantId, workspaceId, email, role, tenant_role, who.userId, invitationLimits.days],
    );
    const invitation = { ...(await readInvitation(tx, workspaceId, id)), token };
    await mail(tx, who, invitation);
    const details = { workspace_id: workspaceId, invitation_id: id, role, tenant_role };
    await auditChange(tx, who, origin, { event: 'invitation_created', subject: email, details });
    return invitation;
  });
}
