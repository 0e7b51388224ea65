import type { z } from 'zod';
import type { AuditEvent, auditRoutes } from '../../../contracts/platform-services/audit.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, type ListPage, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

export type AuditQuery = z.output<(typeof auditRoutes)['auditEvents']['query']> & {
  /** All events of the tenant; otherwise those of the user. */
  ofTenant: boolean;
};

export const auditList: ListDefinition = {
  name: 'list_audit',
  table: 'identity.audit_events',
  columns: `id, event, outcome, actor_id, subject, address, user_agent, request_id, acting_service, run_id, details,
            created_at`,
  sortedBy: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'desc',
};

/** One page of audit events, newest first. */
export function readAuditEvents(
  database: Database,
  who: Tenant,
  { event, outcome, ofTenant, ...paging }: AuditQuery,
): Promise<ListPage<AuditEvent>> {
  return readList(asTenant(database, who), auditList, {
    ...paging,
    filters: [
      ofTenant
        ? undefined
        : { name: 'own', where: (user) => `e.actor_id = ${user}::uuid`, value: who.userId },
      event === undefined
        ? undefined
        : { name: 'event', where: (text) => `e.event = ${text}::text`, value: event },
      // No placeholder: the few failures have an index of their own.
      outcome === undefined ? undefined : { name: outcome, where: () => `e.outcome = '${outcome}'` },
    ],
  });
}
