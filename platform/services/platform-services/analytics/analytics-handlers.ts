import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { readUsage, recordEvents } from './analytics.ts';

export function analyticsHandlers(
  database: Database,
): Pick<Handlers<typeof platformServices>, 'recordEvents' | 'usage'> {
  return {
    recordEvents: async ({ caller, body, rights }) => ({
      accepted: await recordEvents(database, tenantOf(caller), body.events, rights.workspaceIds('read')),
    }),
    usage: ({ caller, query, rights }) =>
      readUsage(database, tenantOf(caller), query, rights.workspaceIds('read')),
  };
}
