import pLimit, { type LimitFunction } from 'p-limit';
import type { Tenant } from '../../../kit/postgres/database.ts';
import { ExecutionLost } from './execution-progress.ts';
import { ExecutionStopped, type RunDeps, runExecution } from './run-execution.ts';

/** Maximum number of executions that one process runs at the same time; others wait. */
export const maxConcurrent = 100;
/** Maximum number of one tenant's executions at the same time, so that a slow tenant does not block the others. */
export const maxConcurrentPerTenant = 10;

export interface QueuedExecution {
  id: string;
  tenant: Tenant;
  /** Access token of the user; kept in memory until the execution ends. */
  token?: string | undefined;
}

export interface Runner {
  /** Identifies this process in the executions that it has claimed. */
  readonly worker: string;
  /** Queues an execution that this process has claimed. */
  enqueue(execution: QueuedExecution): void;
  /** Ids of the executions that are queued or running. */
  claimed(): string[];
  /** Abandons an execution that has ended or that another process has claimed. */
  abandon(id: string): void;
  /** Resolves when no execution is queued or running. */
  idle(): Promise<void>;
  /** Fails running executions as interrupted. Queued ones that need no token are left to other processes. */
  close(): Promise<void>;
}

interface Entry {
  tenantId: string;
  stop: AbortController;
  running: boolean;
  done: Promise<void>;
}

/** Runs executions within this process. */
export function createRunner(deps: RunDeps, { worker }: { worker: string }): Runner {
  const entries = new Map<string, Entry>();
  const limit = pLimit(maxConcurrent);
  const tenantLimits = new Map<string, LimitFunction>();
  let closed = false;

  function limitOf(tenantId: string): LimitFunction {
    const found = tenantLimits.get(tenantId) ?? pLimit(maxConcurrentPerTenant);
    tenantLimits.set(tenantId, found);
    return found;
  }

  function forget(id: string, { tenantId }: Entry): void {
    entries.delete(id);
    if (!entries.values().some((other) => other.tenantId === tenantId)) tenantLimits.delete(tenantId);
  }

  async function run({ id, tenant, token }: QueuedExecution, entry: Entry): Promise<void> {
    // It may have been abandoned while it was queued.
    if (entries.get(id) !== entry) return;
    entry.running = true;
    try {
      await runExecution(deps, { claimed: { id, tenant, worker }, token, stop: entry.stop });
    } catch (error) {
      deps.log.error(
        { err: error, execution_id: id },
        'execution not ended; it fails when its lease expires',
      );
    } finally {
      forget(id, entry);
    }
  }

  return {
    worker,
    enqueue(execution) {
      const { id, tenant } = execution;
      if (closed || entries.has(id)) return;
      const entry: Entry = {
        tenantId: tenant.tenantId,
        stop: new AbortController(),
        running: false,
        done: Promise.resolve(),
      };
      entries.set(id, entry);
      entry.done = limitOf(tenant.tenantId)(() => limit(() => run(execution, entry)));
    },
    claimed: () => [...entries.keys()],
    abandon(id) {
      const entry = entries.get(id);
      if (entry?.running) entry.stop.abort(new ExecutionLost());
      else if (entry) forget(id, entry);
    },
    async idle() {
      while (entries.size > 0) await Promise.all(entries.values().map(({ done }) => done));
    },
    async close() {
      closed = true;
      for (const [id, entry] of entries) {
        if (entry.running)
          entry.stop.abort(new ExecutionStopped('Interrupted: the service stopped while this was running'));
        else forget(id, entry);
      }
      await Promise.all(entries.values().map(({ done }) => done));
    },
  };
}
