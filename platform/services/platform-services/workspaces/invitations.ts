import { includesRole, type WorkspaceRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { newOpaqueToken } from '../sessions/tokens.ts';
import { requireRole } from './workspace-roles.ts';

/** Lifetime of an invitation, days. */
const invitationDays = 7;

export interface CreatedInvitation {
  token: string;
  email: string;
  workspace_id: string;
  role: WorkspaceRole;
  expires_at: string;
}

/** @throws ProblemError `duplicate_email` when the address already has an account */
export async function invite(
  database: Database,
  who: Tenant,
  id: string,
  { email, role }: { email: string; role: Exclude<WorkspaceRole, 'owner'> },
  origin: Origin,
): Promise<CreatedInvitation> {
  const { token, hash } = newOpaqueToken();
  const expiresAt = await database.withTenant(who, async (tx) => {
    const own = await requireRole(tx, who, id, 'admin', { orTenantAdmin: true });
    if (!includesRole(own, role)) throw problem('forbidden');
    const taken = await tx.query('select 1 from identity.find_account($1)', [email]);
    if (taken.rowCount > 0) throw problem('duplicate_email');
    const { rows } = await tx.query<{ expires_at: string }>(
      `insert into identity.invitations (token_hash, tenant_id, workspace_id, email, role, invited_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7)) returning expires_at`,
      [hash, who.tenantId, id, email, role, who.userId, invitationDays],
    );
    await auditChange(tx, who, origin, {
      event: 'invitation_created',
      subject: email,
      details: { workspace_id: id, role },
    });
    return rows[0]?.expires_at as string;
  });
  return { token, email, workspace_id: id, role, expires_at: expiresAt };
}
