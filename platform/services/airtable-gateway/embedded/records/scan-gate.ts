import { busyWithScans, tooManyScans } from '../../airtable-problem.ts';

/** Maximum number of scans at the same time, in one process. Each may keep a connection and tens of megabytes. */
const maxRunning = 2;
/** Maximum number that wait, of one tenant and of all. */
const maxWaitingOfTenant = 24;
const maxWaiting = 64;
/** How long a scan waits for its turn, milliseconds. */
const patienceMs = 20_000;

/** Lets a few requests at a time read whole tables. */
export interface ScanGate {
  /**
   * Runs the scan when it is its turn; turns go round the tenants.
   * @param patience how long it waits for its turn, milliseconds
   * @throws AirtableProblem (429) when the tenant has too many scans; (503) when all have, or the wait is too long
   */
  run<T>(tenantId: string, signal: AbortSignal, scan: () => Promise<T>, patience?: number): Promise<T>;
}

interface Waiting {
  start(): void;
}

export function createScanGate({ patience = patienceMs } = {}): ScanGate {
  const queues = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;

  function startNext(): void {
    const [tenantId, queue] = queues.entries().next().value ?? [];
    const next = queue?.shift();
    if (tenantId === undefined || queue === undefined || next === undefined) return;
    queues.delete(tenantId);
    if (queue.length > 0) queues.set(tenantId, queue);
    waiting -= 1;
    running += 1;
    next.start();
  }

  function wait(tenantId: string, signal: AbortSignal, longest: number): Promise<void> {
    const queue = queues.get(tenantId) ?? [];
    if (queue.length >= maxWaitingOfTenant) throw tooManyScans();
    if (waiting >= maxWaiting) throw busyWithScans();
    queues.set(tenantId, queue);
    waiting += 1;
    return new Promise((resolve, reject) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(longest)]);
      const entry: Waiting = {
        start() {
          limit.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      function giveUp() {
        const place = queue.indexOf(entry);
        if (place < 0) return;
        queue.splice(place, 1);
        if (queue.length === 0) queues.delete(tenantId);
        waiting -= 1;
        reject(signal.aborted ? signal.reason : busyWithScans());
      }
      limit.addEventListener('abort', giveUp, { once: true });
      queue.push(entry);
    });
  }

  return {
    async run(tenantId, signal, scan, longest = patience) {
      signal.throwIfAborted();
      if (running < maxRunning) running += 1;
      else await wait(tenantId, signal, longest);
      try {
        return await scan();
      } finally {
        running -= 1;
        startNext();
      }
    },
  };
}
