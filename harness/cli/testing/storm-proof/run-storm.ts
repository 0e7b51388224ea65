import { setTimeout as pause } from 'node:timers/promises';
import type { NodeRestarts, Restart } from '../../../engine/stack.ts';
import { planStorm, type StormedStore } from './plan-storm.ts';

export interface StormLog {
  /** Number of kills by process. */
  kills: Map<string, number>;
  /** Number of unended flows when each store was stopped. */
  stores: Map<StormedStore, number>;
  /** Processes that did not start again, with the reason. */
  notBack: string[];
}

/**
 * Kills a random process every 2 to 5 s and starts it again, and restarts each store once, until `over` aborts or a
 * node does not start again.
 * Returns when all of them are ready again.
 * @param options.targets the processes to kill
 * @param options.inFlight number of flows that have not ended
 */
export async function runStorm(options: {
  seed: number;
  restarts: NodeRestarts;
  targets: readonly string[];
  inFlight(): number;
  print(line: string): void;
  over: AbortSignal;
  signal: AbortSignal;
}): Promise<StormLog> {
  const { restarts, print, over, signal } = options;
  const log: StormLog = { kills: new Map(), stores: new Map(), notBack: [] };
  const down = new Set<string>();
  const returning: Promise<void>[] = [];
  const startMs = performance.now();

  async function fell(node: string, restart: Promise<Restart>): Promise<void> {
    down.add(node);
    const { failure, stoppedAtMs, readyAtMs } = await restart;
    if (failure !== undefined) {
      log.notBack.push(`${node}: ${failure}`);
      print(`${node} is not back: ${failure}`);
      return;
    }
    down.delete(node);
    print(`${node} ready after ${seconds((readyAtMs ?? 0) - stoppedAtMs)}`);
  }

  const due: StormedStore[] = [];
  for (const { pauseMs, store: planned, choose } of planStorm(options.seed)) {
    await pause(pauseMs, undefined, { signal: AbortSignal.any([over, signal]) }).catch(() => undefined);
    signal.throwIfAborted();
    if (over.aborted || log.notBack.length > 0) break;
    const at = `${seconds(performance.now() - startMs)}, ${options.inFlight()} in flight:`;
    if (planned !== undefined) due.push(planned);
    // On a slow machine the first flows may not be confirmed yet.
    const store = options.inFlight() > 0 ? due.shift() : undefined;
    if (store !== undefined) {
      log.stores.set(store, options.inFlight());
      print(`${at} restart of ${store}`);
      returning.push(fell(store, restarts.restart(store, signal)));
    }
    const victim = choose(options.targets.filter((node) => !down.has(node)));
    if (victim === undefined) continue;
    log.kills.set(victim, (log.kills.get(victim) ?? 0) + 1);
    print(`${at} SIGKILL of ${victim}`);
    returning.push(fell(victim, restarts.kill(victim, signal)));
  }
  await Promise.all(returning);
  return log;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
