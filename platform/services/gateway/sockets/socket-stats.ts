import { Counter, Gauge, type Registry } from 'prom-client';
import { type LiveChannel, liveChannels } from '../../../contracts/live-events/event-types.ts';

/** Counts of one connection, or of all since the start of the process. */
export interface SocketCounts {
  dropped: number;
  slowCloses: number;
  gaps: number;
  sent: Record<LiveChannel, number>;
}

export function newCounts(): SocketCounts {
  const sent = Object.fromEntries(liveChannels.map((channel) => [channel, 0])) as Record<LiveChannel, number>;
  return { dropped: 0, slowCloses: 0, gaps: 0, sent };
}

/** Adds counts of a connection to the totals of the process, and reports them to Prometheus. */
export interface SocketTotals {
  readonly counts: SocketCounts;
  sent(channel: LiveChannel): void;
  dropped(events: number): void;
  slowClose(): void;
  gap(): void;
}

/** @param connections the number of open connections now */
export function createSocketTotals(registry: Registry, connections: () => number): SocketTotals {
  const counts = newCounts();
  new Gauge({
    name: 'websocket_connections',
    help: 'Open WebSocket connections',
    registers: [registry],
    collect() {
      this.set(connections());
    },
  });
  const sent = new Counter({
    name: 'websocket_events_sent_total',
    help: 'Events sent to WebSocket clients',
    labelNames: ['channel'],
    registers: [registry],
  });
  const dropped = new Counter({
    name: 'websocket_events_dropped_total',
    help: 'Events for WebSocket clients that were closed for being too slow',
    registers: [registry],
  });
  const slow = new Counter({
    name: 'websocket_slow_closes_total',
    help: 'WebSocket connections closed because their client read too slowly',
    registers: [registry],
  });
  const gaps = new Counter({
    name: 'websocket_gaps_total',
    help: 'Times a WebSocket client was told that events cannot be replayed',
    registers: [registry],
  });
  // From the start, because a query for a counter that does not exist yet has no data instead of 0.
  for (const channel of liveChannels) sent.inc({ channel }, 0);
  return {
    counts,
    sent(channel) {
      counts.sent[channel] += 1;
      sent.inc({ channel });
    },
    dropped(events) {
      counts.dropped += events;
      dropped.inc(events);
    },
    slowClose() {
      counts.slowCloses += 1;
      slow.inc();
    },
    gap() {
      counts.gaps += 1;
      gaps.inc();
    },
  };
}
