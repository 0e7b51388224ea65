import type { SocketStats } from '../../../contracts/gateway/sockets.ts';
import { liveChannels } from '../../../contracts/live-events/event-types.ts';
import type { ConnectionRegistry } from './connection-registry.ts';
import type { SocketConnection } from './socket-connection.ts';
import { newCounts, type SocketCounts, type SocketTotals } from './socket-stats.ts';

function sum(connections: ReadonlySet<SocketConnection>): SocketCounts {
  const total = newCounts();
  for (const { counts } of connections) {
    total.dropped += counts.dropped;
    total.slowCloses += counts.slowCloses;
    total.gaps += counts.gaps;
    for (const channel of liveChannels) total.sent[channel] += counts.sent[channel];
  }
  return total;
}

function describe(
  of: SocketStats['of'],
  { connections, users, counts }: { connections: number; users: number; counts: SocketCounts },
): SocketStats {
  return {
    of,
    connections,
    users,
    events_sent: Object.values(counts.sent).reduce((total, sent) => total + sent, 0),
    events_dropped: counts.dropped,
    slow_closes: counts.slowCloses,
    gaps: counts.gaps,
    sent_by_channel: counts.sent,
  };
}

/**
 * Counts of one user's or tenant's open connections, or of all connections since the start of the process.
 * @param registry the connections whose user is known
 */
export function readStats(
  registry: ConnectionRegistry,
  totals: SocketTotals,
  whose: { userId: string } | { tenantId: string } | undefined,
): SocketStats {
  if (whose === undefined) {
    const { connections, users } = registry;
    return describe('gateway', { connections, users, counts: totals.counts });
  }
  const isUser = 'userId' in whose;
  const own = isUser ? registry.ofUser(whose.userId) : registry.ofTenant(whose.tenantId);
  const users = new Set([...own].map(({ claims }) => claims?.user_id)).size;
  return describe(isUser ? 'user' : 'tenant', { connections: own.size, users, counts: sum(own) });
}
