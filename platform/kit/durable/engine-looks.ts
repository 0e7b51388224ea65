/**
 * How the engine looks for waiting runs in its store. It does so on a timer only, and a short interval is dear while
 * nothing waits. These are its own methods: a release without them must not start.
 */
interface LookingStore {
  getQueuePartitions(queueName: string): Promise<string[]>;
  /** @param partition absent for a queue without partitions */
  findAndMarkStartableWorkflows(
    queue: { name: string },
    executor: string,
    version: string,
    partition?: string,
    ...more: unknown[]
  ): Promise<string[]>;
}

export interface EngineLooks {
  /** Lets the engine look at once: a run may be waiting. */
  ring(): void;
  /** Lets the engine look whenever it likes, so that it can end. */
  end(): void;
  /** Makes the looks of this engine's store wait for a ring. */
  pace(store: object): void;
}

export interface EngineLooksOptions {
  /** The queue whose runs are announced by `ring`. */
  queueName: string;
  /** Maximum time between two looks, milliseconds, since an announcement may be lost. */
  everyMs: number;
  /** The same while more runs may wait than this process may have, since nobody announces the end of one. */
  fullMs: number;
  /** Whether this process has, or had a moment ago, as many runs as it may have. */
  isFull(): boolean;
}

/** Time between two looks at the engine's own queue, into which nothing is put, milliseconds. */
const otherQueueMs = 30_000;
/** How long after a look has found runs others may be left, milliseconds: a look takes as many as there is room for. */
const leftForMs = 1_000;

/** Makes the engine look for runs when one is announced, and rarely otherwise. */
export function createEngineLooks({ queueName, everyMs, fullMs, isFull }: EngineLooksOptions): EngineLooks {
  let isRung = false;
  let hasEnded = false;
  let foundAtMs = Number.NEGATIVE_INFINITY;
  /** Looks that wait, by their queue. */
  const waiting = new Map<string, Set<() => void>>();

  function release(queue: string): void {
    for (const look of waiting.get(queue) ?? []) look();
  }

  function pauseMs(queue: string): number {
    if (queue !== queueName) return otherQueueMs;
    return performance.now() - foundAtMs < leftForMs || isFull() ? fullMs : everyMs;
  }

  async function turn(queue: string): Promise<void> {
    const isAnnounced = queue === queueName && isRung;
    if (!hasEnded && !isAnnounced) {
      const looks = waiting.get(queue) ?? new Set();
      waiting.set(queue, looks);
      await new Promise<void>((resolve) => {
        const look = () => {
          clearTimeout(timer);
          looks.delete(look);
          resolve();
        };
        const timer = setTimeout(look, pauseMs(queue));
        looks.add(look);
      });
    }
    // Before the look: what is announced during it is looked for again.
    if (queue === queueName) isRung = false;
  }

  return {
    ring() {
      isRung = true;
      release(queueName);
    },
    end() {
      hasEnded = true;
      for (const queue of waiting.keys()) release(queue);
    },
    pace(store) {
      const methods = Object.getPrototypeOf(store) as LookingStore;
      const { getQueuePartitions, findAndMarkStartableWorkflows } = methods;
      if (typeof getQueuePartitions !== 'function' || typeof findAndMarkStartableWorkflows !== 'function')
        throw new TypeError('the durable engine looks for waiting runs in a way that is not known');
      methods.getQueuePartitions = async function (this: LookingStore, queue) {
        await turn(queue);
        return getQueuePartitions.call(this, queue);
      };
      methods.findAndMarkStartableWorkflows = async function (this: LookingStore, ...args) {
        const [queue, , , partition] = args;
        // The look at the partitions has waited already.
        if (partition === undefined) await turn(queue.name);
        const found = await findAndMarkStartableWorkflows.apply(this, args);
        if (queue.name === queueName && found.length > 0) foundAtMs = performance.now();
        return found;
      };
    },
  };
}
