import type { SocketStats } from '../../../contracts/gateway/sockets.ts';
import { liveChannels } from '../../../contracts/live-events/event-types.ts';
import type { SocketConnection } from './socket-connection.ts';
import { newCounts, type SocketCounts, type SocketTotals } from './socket-stats.ts';

function sum(counts: readonly SocketCounts[]): SocketCounts {
  const total = newCounts();
  for (const one of counts) {
    total.dropped += one.dropped;
    total.slowCloses += one.slowCloses;
    total.gaps += one.gaps;
    for (const channel of liveChannels) total.sent[channel] += one.sent[channel];
  }
  return total;
}

/**
 * Counts of one user's or tenant's open connections, or of all connections since the start of the process.
 * @param connections those whose user is known
 */
export function readStats(
  connections: readonly SocketConnection[],
  totals: SocketTotals,
  whose: { userId: string } | { tenantId: string } | undefined,
): SocketStats {
  const counted = connections.filter(({ claims }) => {
    if (whose === undefined) return true;
    return 'userId' in whose ? claims?.user_id === whose.userId : claims?.tenant_id === whose.tenantId;
  });
  const counts = whose === undefined ? totals.counts : sum(counted.map((connection) => connection.counts));
  return {
    of: whose === undefined ? 'gateway' : 'userId' in whose ? 'user' : 'tenant',
    connections: counted.length,
    users: new Set(counted.map(({ claims }) => claims?.user_id)).size,
    events_sent: Object.values(counts.sent).reduce((total, sent) => total + sent, 0),
    events_dropped: counts.dropped,
    slow_closes: counts.slowCloses,
    gaps: counts.gaps,
    sent_by_channel: counts.sent,
  };
}
