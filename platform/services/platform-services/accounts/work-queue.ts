export interface QueueOptions {
  concurrency: number;
  /** Most jobs that wait for their turn. */
  maxWaiting: number;
}

export interface WorkQueue {
  /** Runs a job when it is its turn; undefined when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T> | undefined;
}

/** First come, first served, at most `concurrency` at a time. */
export function createQueue({ concurrency, maxWaiting }: QueueOptions): WorkQueue {
  const waiting: (() => void)[] = [];
  let running = 0;

  function done(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    run(work) {
      if (running < concurrency) {
        running += 1;
        return work().finally(done);
      }
      if (waiting.length >= maxWaiting) return undefined;
      return new Promise<void>((resolve) => waiting.push(resolve)).then(() => work().finally(done));
    },
  };
}
