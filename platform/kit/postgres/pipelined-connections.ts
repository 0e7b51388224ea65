import pg from 'pg';
import { prepareTenantStatements } from './tenant-statement.ts';

/** Connections on which statements are sent without waiting for earlier results. */
export interface PipelinedConnections {
  /** Sends one statement, as soon as its connection is open. */
  send<T>(statement: (client: pg.Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PipelineOptions {
  config: pg.ClientConfig;
  connections: number;
  /** Class of the connections; default `pg.Client`. */
  Client?: typeof pg.Client;
  onError(error: Error): void;
  /** Monotonic time, milliseconds; default `performance.now`. */
  now?: () => number;
}

interface Slot {
  opening: Promise<pg.Client> | undefined;
  /** Set while it is open. */
  client: pg.Client | undefined;
  pending: number;
  /** Time of its last result, or of its first pending statement; milliseconds. */
  activeAtMs: number;
}

/** Pending statements at which a connection is full. */
const fullAt = 64;
/** Time without a result after which a connection counts as blocked by a slow statement, milliseconds. */
const blockedAfterMs = 5;

/**
 * The first connection takes everything while it can: one connection gathers statements and results into fewer and
 * larger packets, and two processes share the cores instead of three. While it is full or blocked by a slow statement,
 * the next one is used. Each is opened at its first use, and again after it broke. Statements on one connection run in
 * sequence, so use it only for short ones that wait for no lock.
 */
export function createPipelinedConnections(options: PipelineOptions): PipelinedConnections {
  const slots: Slot[] = Array.from({ length: options.connections }, () => ({
    opening: undefined,
    client: undefined,
    pending: 0,
    activeAtMs: 0,
  }));
  const now = options.now ?? (() => performance.now());
  const { Client = pg.Client } = options;
  let closed = false;

  function choose(): Slot {
    let chosen = slots[0] as Slot;
    if (chosen.pending === 0) return chosen;
    const sinceMs = now() - blockedAfterMs;
    for (const slot of slots) {
      if (slot.pending === 0 || (slot.pending < fullAt && slot.activeAtMs > sinceMs)) return slot;
      if (slot.pending < chosen.pending) chosen = slot;
    }
    return chosen;
  }

  async function open(slot: Slot): Promise<pg.Client> {
    const client = new Client({ ...options.config, pipeline: true });
    const forget = () => {
      slot.opening = undefined;
      slot.client = undefined;
    };
    client.on('error', (error: Error) => {
      forget();
      options.onError(error);
    });
    client.on('end', forget);
    try {
      await client.connect();
      await prepareTenantStatements(client);
      slot.client = client;
      return client;
    } catch (error) {
      forget();
      await client.end().catch(() => {});
      throw error;
    }
  }

  return {
    async send(statement) {
      if (closed) throw new Error('the database has been closed');
      const slot = choose();
      if (slot.pending === 0) slot.activeAtMs = now();
      slot.pending += 1;
      try {
        slot.opening ??= open(slot);
        return await statement(slot.client ?? (await slot.opening));
      } finally {
        slot.pending -= 1;
        slot.activeAtMs = now();
      }
    },
    async close() {
      closed = true;
      const opened = await Promise.allSettled(slots.flatMap(({ opening }) => opening ?? []));
      await Promise.all(opened.map((one) => one.status === 'fulfilled' && one.value.end()));
    },
  };
}
