import type { z } from 'zod';
import type { invitationRoutes } from '../../../contracts/platform-services/invitations.ts';
import type { WorkspaceRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { currentAccount, findAccount, findInvitation, invalidInvitation } from '../accounts/accounts.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { tokenHash } from '../sessions/tokens.ts';

type Preview = z.input<(typeof invitationRoutes)['previewInvitation']['success']['schema']>;

/**
 * What an invitation is for.
 * @throws ProblemError `not_found` when it is unknown, used or expired
 */
export async function previewInvitation(database: Database, token: string): Promise<Preview> {
  const found = await findInvitation(database, token);
  if (found === undefined) throw invalidInvitation();
  const { rows } = await database.tenantQuery<Omit<Preview, 'has_account'>>(
    { tenantId: found.tenant_id, userId: found.tenant_id },
    {
      name: 'preview_invitation',
      text: `select i.email, t.name as tenant_name, w.name as workspace_name, i.role, i.expires_at
             from identity.invitations i join identity.tenants t using (tenant_id)
             join identity.workspaces w on w.id = i.workspace_id
             where i.token_hash = $1 and i.accepted_at is null and i.expires_at > now()`,
    },
    [tokenHash(token)],
  );
  if (rows[0] === undefined) throw invalidInvitation();
  return { ...rows[0], has_account: (await findAccount(database, rows[0].email)) !== undefined };
}

/**
 * Adds the caller to the workspace of an invitation for the caller's address. Of two attempts at the same time, one
 * succeeds: the row lock serializes them.
 * @throws ProblemError `not_found` when the invitation is unknown, used, expired or for another address; `conflict` for
 * an account of another tenant and for a member
 */
export async function acceptInvitation(
  database: Database,
  who: Tenant,
  token: string,
  origin: Origin,
): Promise<{ workspace_id: string; role: WorkspaceRole }> {
  const { email } = await currentAccount(database, who);
  const found = await findInvitation(database, token);
  if (found === undefined || found.email.toLowerCase() !== email.toLowerCase()) throw invalidInvitation();
  if (found.tenant_id !== who.tenantId)
    throw problem('conflict', {
      message:
        'Your account belongs to another tenant. Ask for an invitation to another address, or delete this account and register with the invitation.',
    });
  return database.withTenant(who, async (tx) => {
    const { rows } = await tx.query<{ id: string; workspace_id: string; role: WorkspaceRole }>(
      `update identity.invitations set accepted_at = now(), accepted_by = $2
       where token_hash = $1 and accepted_at is null and expires_at > now() returning id, workspace_id, role`,
      [tokenHash(token), who.userId],
    );
    const [invitation] = rows;
    if (invitation === undefined) throw invalidInvitation();
    const { id, workspace_id, role } = invitation;
    const added = await tx.query(
      `insert into identity.workspace_members (workspace_id, user_id, tenant_id, role) values ($1, $2, $3, $4)
       on conflict do nothing`,
      [workspace_id, who.userId, who.tenantId, role],
    );
    if (added.rowCount === 0)
      throw problem('conflict', { message: 'You are already a member of this workspace.' });
    const details = { workspace_id, invitation_id: id, role };
    await auditChange(tx, who, origin, { event: 'invitation_accepted', subject: who.userId, details });
    return { workspace_id, role };
  });
}
