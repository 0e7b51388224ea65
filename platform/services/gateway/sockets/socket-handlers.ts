import type { gateway } from '../../../contracts/gateway/contract.ts';
import { hasTenantRole } from '../../../contracts/rights.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import type { SocketServer } from './socket-server.ts';

type SocketRoute = 'socketTicket' | 'socketStats' | 'allSocketStats';

/** The routes beside `/ws`. */
export function socketHandlers(
  sockets: Pick<SocketServer, 'issueTicket' | 'stats'>,
  authorities: Pick<Authorities, 'of'>,
): Required<Pick<Handlers<typeof gateway>, SocketRoute>> {
  return {
    socketTicket: ({ caller }) => sockets.issueTicket(caller),
    async socketStats({ caller }) {
      const authority = await authorities.of(caller);
      if (!authority?.is_active) throw problem('token_revoked');
      const { user_id, tenant_id } = caller;
      return sockets.stats(hasTenantRole(authority, 'admin') ? { tenantId: tenant_id } : { userId: user_id });
    },
    allSocketStats: async () => sockets.stats(undefined),
  };
}
