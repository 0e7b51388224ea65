import type { LiveChannel } from '../../../contracts/live-events/event-types.ts';
import { compareEventIds } from '../../../kit/events/live-event-id.ts';
import type { FeedEntry, FeedEvent, Replayed } from './event-feeds.ts';

export interface EventDeliveryOptions {
  /** Whether the client has subscribed to the event. */
  wants(event: FeedEvent): boolean;
  /** Whether the user may read the workspace at this moment. Rejects when nobody knows. */
  mayRead(workspaceId: string): Promise<boolean>;
  /** Sends an event at once. */
  send(event: FeedEvent): void;
  /** Resolves when the client has room for more. */
  drained(): Promise<void>;
  /** Reports that events after this position are missing. */
  gap(since: string): void;
  /** Called once, with the number of events that the client does not get. */
  overflow(waiting: number): void;
  /** Called when rights or stored events cannot be read. */
  fail(error: unknown): void;
}

interface Replay {
  /** Only these channels; undefined for all. */
  channels: ReadonlySet<LiveChannel> | undefined;
  after: string;
  load(after: string): Promise<Replayed>;
}

/** Maximum number of events that wait for one client: for its rights, or for a replay. */
const maxWaiting = 2_000;

/**
 * Delivers events to one client, in their order and each once: live ones, and replayed ones before the live ones that
 * arrive meanwhile. Whether the user may read a workspace is judged at delivery.
 */
export class EventDelivery {
  readonly #options: EventDeliveryOptions;
  readonly #replays: Replay[] = [];
  #waiting: FeedEntry[] = [];
  #running = false;
  #closed = false;
  #position: string;

  /** @param position before the first event */
  constructor(options: EventDeliveryOptions, position: string) {
    this.#options = options;
    this.#position = position;
  }

  /** Id of the newest entry that has been delivered, or did not concern the client. */
  get position(): string {
    return this.#position;
  }

  /** Whether nothing waits, so that the client has everything that has been received. */
  get idle(): boolean {
    return !this.#running;
  }

  receive(entry: FeedEntry): void {
    if (this.#closed) return;
    if (!this.#running && this.#deliverNow(entry)) return;
    if (this.#waiting.length >= maxWaiting) {
      this.close();
      this.#options.overflow(this.#waiting.length + 1);
      return;
    }
    this.#waiting.push(entry);
    this.#start();
  }

  /** Delivers stored events before further live ones. */
  replay(replay: Replay): void {
    if (this.#closed) return;
    this.#replays.push(replay);
    this.#start();
  }

  close(): void {
    this.#closed = true;
  }

  #advance(id: string): void {
    if (compareEventIds(id, this.#position) > 0) this.#position = id;
  }

  /** False when the entry has to wait. */
  #deliverNow(entry: FeedEntry): boolean {
    if (entry.kind === 'loss') {
      this.#options.gap(this.#position);
    } else if (this.#options.wants(entry)) {
      if (entry.workspaceId !== null) return false;
      this.#options.send(entry);
    }
    this.#advance(entry.id);
    return true;
  }

  async #deliver(entry: FeedEntry): Promise<void> {
    if (this.#deliverNow(entry)) return;
    const event = entry as FeedEvent;
    if (await this.#options.mayRead(event.workspaceId as string)) {
      if (this.#closed) return;
      this.#options.send(event);
    }
    this.#advance(event.id);
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#run().catch((error: unknown) => {
      this.#running = false;
      if (!this.#closed) this.#options.fail(error);
      this.close();
    });
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const replay = this.#replays[0];
      const entry = this.#waiting[0];
      // What arrived before the position of a replay comes before it.
      if (replay !== undefined && (entry === undefined || compareEventIds(entry.id, replay.after) > 0)) {
        this.#replays.shift();
        await this.#runReplay(replay);
      } else if (entry !== undefined) {
        this.#waiting.shift();
        await this.#deliver(entry);
      } else {
        break;
      }
    }
    this.#running = false;
  }

  async #runReplay({ channels, after, load }: Replay): Promise<void> {
    const { entries, gap, position } = await load(after);
    const inReplay = (entry: FeedEntry) =>
      entry.kind === 'loss' || channels === undefined || channels.has(entry.channel);
    if (gap && !this.#closed) this.#options.gap(after);
    for (const entry of entries.filter(inReplay)) {
      if (this.#closed) return;
      await this.#options.drained();
      await this.#deliver(entry);
    }
    // Live ones that arrived during the replay and were part of it.
    this.#waiting = this.#waiting.filter(
      (entry) => !inReplay(entry) || compareEventIds(entry.id, position) > 0,
    );
  }
}
