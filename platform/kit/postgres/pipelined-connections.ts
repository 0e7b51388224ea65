import pg from 'pg';
import { setTenant } from './tenant-statement.ts';

/** A few connections on which statements are sent without waiting for the answers before them. */
export interface PipelinedConnections {
  /** Sends one statement; when its connection is still opening, as soon as that is open. */
  send<T>(statement: (client: pg.Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PipelineOptions {
  config: pg.ClientConfig;
  connections: number;
  onError(error: Error): void;
  /** Milliseconds of a clock that never goes back; default the process'. */
  now?: () => number;
}

interface Slot {
  opening: Promise<pg.Client> | undefined;
  /** Once it has opened. */
  client: pg.Client | undefined;
  unanswered: number;
  /** When its last answer came, or its first statement was sent; milliseconds. */
  movedAtMs: number;
}

/** Statements on the way at which a connection has enough to do. */
const crowdedAt = 64;
/** Without an answer for so long, a connection is held up by something slow, milliseconds. */
const heldUpMs = 5;

/**
 * The first connection carries everything while it can: on one, statements and answers gather into fewer and larger
 * packets, and two processes, not three, share the cores. What comes while it is crowded or held up by a slow
 * statement goes to the next. Each is opened at its first use, and anew after it broke. Statements on one connection
 * run one after the other, so only short ones that wait for no lock belong here.
 */
export function createPipelinedConnections(options: PipelineOptions): PipelinedConnections {
  const slots: Slot[] = Array.from({ length: options.connections }, () => ({
    opening: undefined,
    client: undefined,
    unanswered: 0,
    movedAtMs: 0,
  }));
  const now = options.now ?? (() => performance.now());
  let closed = false;

  function choose(): Slot {
    let chosen = slots[0] as Slot;
    if (chosen.unanswered === 0) return chosen;
    const sinceMs = now() - heldUpMs;
    for (const slot of slots) {
      if (slot.unanswered === 0 || (slot.unanswered < crowdedAt && slot.movedAtMs > sinceMs)) return slot;
      if (slot.unanswered < chosen.unanswered) chosen = slot;
    }
    return chosen;
  }

  async function open(slot: Slot): Promise<pg.Client> {
    const client = new pg.Client({ ...options.config, pipeline: true });
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
      await client.query({ ...setTenant, values: ['', ''] });
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
      if (slot.unanswered === 0) slot.movedAtMs = now();
      slot.unanswered += 1;
      try {
        slot.opening ??= open(slot);
        return await statement(slot.client ?? (await slot.opening));
      } finally {
        slot.unanswered -= 1;
        slot.movedAtMs = now();
      }
    },
    async close() {
      closed = true;
      const open = await Promise.allSettled(slots.flatMap(({ opening }) => opening ?? []));
      await Promise.all(
        open.map((result) => (result.status === 'fulfilled' ? result.value.end() : Promise.resolve())),
      );
    },
  };
}
