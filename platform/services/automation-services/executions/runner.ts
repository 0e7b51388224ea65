import type { Tenant } from '../../../kit/postgres/database.ts';
import { ExecutionLost } from './execution-progress.ts';
import { ExecutionStopped, type RunDeps, runExecution } from './run-execution.ts';

/** Executions that one process works on at the same time; the others wait in the order they came. */
export const maxConcurrent = 100;
/** Of one tenant at the same time, so that nobody's waiting steps keep all others from running. */
export const maxConcurrentPerTenant = 10;

export interface Run {
  id: string;
  who: Tenant;
  /** Access token of who is acted for; kept in memory until the execution ends. */
  token?: string | undefined;
}

export interface Runner {
  /** Names this process in the executions it holds. */
  readonly worker: string;
  /** Takes an execution that this process holds; it starts at once or when it is its turn. */
  take(run: Run): void;
  /** Executions that this process has taken and not ended. */
  held(): string[];
  /** Stops working on an execution that has been ended, or taken over, by somebody else. */
  drop(id: string): void;
  /** Resolves when nothing is held any more. */
  idle(): Promise<void>;
  /** Fails what is at work as interrupted; what waits and needs no token is left to other processes. */
  close(): Promise<void>;
}

interface Entry {
  run: Run;
  stop: AbortController;
}

/** Works on executions within this process. */
export function createRunner(deps: RunDeps, { worker }: { worker: string }): Runner {
  const working = new Map<string, Entry & { done: Promise<void> }>();
  const waiting = new Map<string, Entry>();
  const watchers = new Set<() => void>();
  let closed = false;

  function next(): void {
    const busy = new Map<string, number>();
    for (const { run } of working.values()) busy.set(run.who.tenantId, (busy.get(run.who.tenantId) ?? 0) + 1);
    for (const [id, entry] of waiting) {
      if (working.size >= maxConcurrent) break;
      const { tenantId } = entry.run.who;
      const atWork = busy.get(tenantId) ?? 0;
      if (atWork >= maxConcurrentPerTenant) continue;
      busy.set(tenantId, atWork + 1);
      waiting.delete(id);
      start(entry);
    }
    if (working.size + waiting.size > 0) return;
    for (const wake of watchers) wake();
    watchers.clear();
  }

  function start({ run, stop }: Entry): void {
    const done = runExecution(deps, {
      held: { id: run.id, who: run.who, worker },
      token: run.token,
      stop,
    })
      // The lease runs out and whoever finds the execution then ends it.
      .catch((error: unknown) =>
        deps.log.error({ err: error, execution_id: run.id }, 'an execution could not be ended'),
      )
      .finally(() => {
        working.delete(run.id);
        next();
      });
    working.set(run.id, { run, stop, done });
  }

  return {
    worker,
    take(run) {
      if (closed || working.has(run.id) || waiting.has(run.id)) return;
      waiting.set(run.id, { run, stop: new AbortController() });
      next();
    },
    held: () => [...working.keys(), ...waiting.keys()],
    drop(id) {
      waiting.delete(id);
      working.get(id)?.stop.abort(new ExecutionLost());
      next();
    },
    async idle() {
      if (working.size + waiting.size === 0) return;
      await new Promise<void>((resolve) => watchers.add(resolve));
    },
    async close() {
      closed = true;
      waiting.clear();
      for (const { stop } of working.values())
        stop.abort(new ExecutionStopped('Interrupted: the service stopped while this was running'));
      await Promise.all([...working.values()].map(({ done }) => done));
    },
  };
}
