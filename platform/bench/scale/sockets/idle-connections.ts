import { setTimeout as sleep } from 'node:timers/promises';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { internalKey } from '../../../services/gateway/testing/start-gateway.ts';
import { startChild } from './child.ts';
import type { LoopReport } from './loop-probe.ts';

export interface IdleFigures {
  connections: number;
  /** The gateway with all connections idle, the same gateway before the first one, and a bare process beside it. */
  ours: LoopReport;
  before: LoopReport;
  floor: LoopReport;
  /** The gateway while it closes all connections. */
  closing: LoopReport;
  /** Resident memory of the gateway per connection, kB. */
  kbPerConnection: number;
}

const warmUps = 20;
/** Connections that sign in at the same time. */
const batch = 200;

/** Reads what walks all connections: the statistics and the metrics. */
async function readCounts(port: number): Promise<void> {
  for (const path of ['/internal/websocket/stats?of=gateway', '/metrics']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { 'x-internal-key': internalKey },
    });
    await response.text();
  }
}

export const idleConnections = {
  id: 'idle-connections',
  title: 'Stalls of a gateway that holds idle WebSocket connections',
  floor: 'a process beside it that only measures its own event loop, at the same time',
  /** Maximum stall, milliseconds. */
  aim: 5,
  /** @param seconds how long the connections are idle; more than 30 include a ping and a check of every token */
  async measure(options: {
    connections: number;
    seconds: number;
    progress: (line: string) => void;
  }): Promise<IdleFigures> {
    await using redis = await startTemporaryRedis();
    await using gateway = startChild('gateway-process.ts', {
      REDIS_URL: redis.url,
      SOCKETS: String(options.connections),
    });
    await using clients = startChild('client-process.ts');
    await using bare = startChild('bare-process.ts');
    const port: number = await gateway.ask({ type: 'port' });

    async function watch(): Promise<{ ours: LoopReport; floor: LoopReport }> {
      await Promise.all([gateway.ask({ type: 'reset' }), bare.ask({ type: 'reset' })]);
      for (let second = 0; second < options.seconds; second += 1) {
        await readCounts(port);
        await sleep(1_000);
      }
      return { ours: await gateway.ask({ type: 'report' }), floor: await bare.ask({ type: 'report' }) };
    }

    // Code that runs for the first time is compiled meanwhile.
    for (let round = 0; round < warmUps; round += 1) await readCounts(port);
    const { ours: before } = await watch();
    let open = 0;
    for (let started = 0; started < options.connections; started += batch) {
      const tokens = await gateway.ask({ type: 'tokens', count: batch });
      open = await clients.ask({ type: 'connect', port, tokens });
      if (open % 1_000 === 0) options.progress(`${open} connections`);
    }
    const { ours, floor } = await watch();
    open = await clients.ask({ type: 'count' });
    if (open !== options.connections) throw new Error(`${open} of ${options.connections} stayed open`);
    options.progress(`idle: ${JSON.stringify({ before, ours, floor })}`);
    await gateway.ask({ type: 'reset' });
    const closing: LoopReport = await gateway.ask({ type: 'close' });
    const kbPerConnection = ((ours.rssMb - before.rssMb) * 1_000) / options.connections;
    return { connections: open, ours, before, floor, closing, kbPerConnection };
  },
};
