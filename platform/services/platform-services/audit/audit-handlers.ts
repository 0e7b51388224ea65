import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { readAuditEvents } from './audit-query.ts';

export function auditHandlers(database: Database): Pick<Handlers<typeof platformServices>, 'auditEvents'> {
  return {
    async auditEvents({ caller, query, rights }) {
      const { entries, ...page } = await readAuditEvents(database, tenantOf(caller), {
        ...query,
        ofTenant: rights.hasTenantRole('moderator'),
      });
      return { events: entries, ...page, total_pages: Math.ceil(page.total / page.page_size) };
    },
  };
}
