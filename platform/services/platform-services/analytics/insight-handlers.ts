import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { readAuditEvents } from '../audit/audit-query.ts';
import { readUsage, recordEvents } from './analytics.ts';

/** Analytics and the audit trail. */
export function insightHandlers(
  database: Database,
): Pick<Handlers<typeof platformServices>, 'recordEvents' | 'usage' | 'auditEvents'> {
  return {
    recordEvents: async ({ caller, body }) => ({
      accepted: await recordEvents(database, tenantOf(caller), body.events),
    }),
    usage: ({ caller, query }) => readUsage(database, tenantOf(caller), query),
    async auditEvents({ caller, query }) {
      const { page, page_size, event, outcome } = query;
      const { events, total } = await readAuditEvents(database, tenantOf(caller), {
        page,
        pageSize: page_size,
        event,
        outcome,
      });
      return { events, total, page, page_size, total_pages: Math.ceil(total / page_size) };
    },
  };
}
