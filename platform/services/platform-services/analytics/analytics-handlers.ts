import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { readUsage, recordEvents } from './analytics.ts';

export function analyticsHandlers(
  database: Database,
): Pick<Handlers<typeof platformServices>, 'recordEvents' | 'usage'> {
  return {
    recordEvents: async ({ caller, body }) => ({
      accepted: await recordEvents(database, tenantOf(caller), body.events),
    }),
    usage: ({ caller, query }) => readUsage(database, tenantOf(caller), query),
  };
}
