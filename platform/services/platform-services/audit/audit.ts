import { randomUUID } from 'node:crypto';
import { clientAddress } from '../../../kit/http/client-address.ts';
import type { HandlerRequest } from '../../../kit/http/handler.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** Every kind of security event that is written down. Names are never reused for another meaning. */
export type SecurityEvent =
  | 'register'
  | 'login'
  | 'account_locked'
  | 'refresh_reuse'
  | 'logout'
  | 'session_revoked'
  | 'password_changed'
  | 'user_deleted'
  | 'workspace_deleted'
  | 'member_added'
  | 'member_role_changed'
  | 'member_removed'
  | 'invitation_created';

/** Where a request came from, as it is written into the audit trail and the session. */
export interface Origin {
  address: string;
  userAgent: string | null;
  requestId: string;
}

/** Longest user agent kept, characters. */
const maxUserAgent = 500;

export function originOf({ raw, requestId }: Pick<HandlerRequest, 'raw' | 'requestId'>): Origin {
  return {
    address: clientAddress(raw.raw),
    userAgent: raw.headers['user-agent']?.slice(0, maxUserAgent) ?? null,
    requestId,
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

/** Columns in the order of `auditValues`. */
export const auditColumns =
  'id, tenant_id, actor_id, event, outcome, subject, address, user_agent, request_id, details';

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
  ];
}

/** Statement that writes one entry; run it as the entry's tenant, or without one for an entry without tenant. */
export const insertAudit = {
  name: 'insert_audit',
  text: `insert into identity.audit_events (${auditColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
};

/** Writes down what a user has changed, in the transaction of the change. */
export async function auditChange(
  tx: Transaction,
  who: Tenant,
  origin: Origin,
  what: { event: SecurityEvent; subject: string; details?: Record<string, unknown> },
): Promise<void> {
  const entry = { outcome: 'success', tenantId: who.tenantId, actorId: who.userId, ...what } as const;
  await tx.query(insertAudit, auditValues(entry, origin));
}
