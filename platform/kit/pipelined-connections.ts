import pg from 'pg';
import { setTenant } from './tenant-statement.ts';

/** A few connections on which statements are sent without waiting for the answers before them. */
export interface PipelinedConnections {
  /** A connection that is open, or opening: statements sent to it meanwhile wait. */
  next(): Promise<pg.Client>;
  close(): Promise<void>;
}

export interface PipelineOptions {
  config: pg.ClientConfig;
  connections: number;
  onError(error: Error): void;
}

/**
 * Opens each connection at its first use, and anew after it broke. Statements on one connection run one after the
 * other, so only short ones that wait for no lock belong here.
 */
export function createPipelinedConnections(options: PipelineOptions): PipelinedConnections {
  const clients: (Promise<pg.Client> | undefined)[] = Array(options.connections).fill(undefined);
  let turn = 0;
  let closed = false;

  async function open(slot: number): Promise<pg.Client> {
    const client = new pg.Client({ ...options.config, pipeline: true });
    const forget = () => {
      clients[slot] = undefined;
    };
    client.on('error', (error: Error) => {
      forget();
      options.onError(error);
    });
    client.on('end', forget);
    try {
      await client.connect();
      await client.query({ ...setTenant, values: ['', ''] });
      return client;
    } catch (error) {
      forget();
      await client.end().catch(() => {});
      throw error;
    }
  }

  return {
    next() {
      if (closed) return Promise.reject(new Error('the database has been closed'));
      turn = (turn + 1) % options.connections;
      clients[turn] ??= open(turn);
      return clients[turn] as Promise<pg.Client>;
    },
    async close() {
      closed = true;
      const open = await Promise.allSettled(clients.filter((client) => client !== undefined));
      await Promise.all(
        open.map((result) => (result.status === 'fulfilled' ? result.value.end() : Promise.resolve())),
      );
    },
  };
}
