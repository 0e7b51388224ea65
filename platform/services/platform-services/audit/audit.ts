import { randomUUID } from 'node:crypto';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { forwardedClientAddress } from '../../../kit/http/client-address.ts';
import type { HandlerRequest } from '../../../kit/http/handler.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** All kinds of security events in the audit log. Never reuse a name for another meaning. */
export type SecurityEvent =
  | 'register'
  | 'login'
  | 'account_locked'
  | 'refresh_reuse'
  | 'logout'
  | 'session_revoked'
  | 'password_changed'
  | 'password_reset_requested'
  | 'password_reset'
  | 'email_verified'
  | 'email_change_requested'
  | 'email_changed'
  | 'email_change_undone'
  | 'export_requested'
  | 'export_downloaded'
  | 'token_created'
  | 'token_changed'
  | 'token_revoked'
  | 'grant_created'
  | 'grant_revoked'
  | 'grant_refused'
  | 'workspace_deleted'
  | 'member_added'
  | 'member_role_changed'
  | 'member_removed'
  | 'invitation_created'
  | 'invitation_resent'
  | 'invitation_revoked'
  | 'invitation_accepted'
  | 'workspace_transferred'
  | 'tenant_renamed'
  | 'tenant_transferred'
  | 'user_role_changed'
  | 'user_deactivated'
  | 'user_reactivated'
  | 'user_removed';

/** The origin of a request, as the audit log and the session store it. */
export interface Origin {
  address: string;
  userAgent: string | null;
  requestId: string;
  /** The service that acts for the user, and its saga or workflow; null when the user acts. */
  actingService: string | null;
  runId: string | null;
}

/** Maximum length of a stored user agent, characters. */
const maxUserAgent = 500;

export function originOf({
  raw,
  requestId,
  caller,
}: Pick<HandlerRequest, 'raw' | 'requestId'> & { caller: AccessClaims | undefined }): Origin {
  return {
    address: forwardedClientAddress(raw.raw),
    userAgent: raw.headers['user-agent']?.slice(0, maxUserAgent) ?? null,
    requestId,
    actingService: caller?.act?.sub ?? null,
    runId: caller?.run ?? null,
  };
}

export interface AuditEntry {
  event: SecurityEvent;
  outcome: 'success' | 'failure';
  tenantId: string | null;
  actorId: string | null;
  subject?: string;
  details?: Record<string, unknown>;
}

/** Parameters of `insertAudit`. */
export function auditValues(entry: AuditEntry, origin: Origin): unknown[] {
  return [
    randomUUID(),
    entry.tenantId,
    entry.actorId,
    entry.event,
    entry.outcome,
    entry.subject ?? null,
    origin.address,
    origin.userAgent,
    origin.requestId,
    entry.details ?? {},
    origin.actingService,
    origin.runId,
  ];
}

/** Inserts one entry. Run it as the entry's tenant, or without a tenant for an entry that has none. */
export const insertAudit = {
  name: 'insert_audit',
  text: `insert into identity.audit_events
           (id, tenant_id, actor_id, event, outcome, subject, address, user_agent, request_id, details,
            acting_service, run_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
};

/**
 * Logs a change in the transaction that makes it.
 * @param what the event; by default a success of the user themselves
 */
export async function auditChange(
  tx: Transaction,
  who: Tenant,
  origin: Origin,
  what: Pick<AuditEntry, 'event'> & Partial<AuditEntry>,
): Promise<void> {
  const entry: AuditEntry = { outcome: 'success', tenantId: who.tenantId, actorId: who.userId, ...what };
  await tx.query(insertAudit, auditValues(entry, origin));
}
