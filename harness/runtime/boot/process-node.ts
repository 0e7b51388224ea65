import type { ManagedProcess } from '../process/managed-process.ts';
import type { PostgresStore } from '../stores/postgres/postgres-store.ts';

/** What the runtime holds of a node that has been started. */
export interface RunningNode {
  /** The node's process; PostgreSQL's changes while its data is being kept for later runs. */
  process(): ManagedProcess;
  /** True while it is down on purpose. */
  pausing?(): boolean;
  stop(options: { graceMs: number }): Promise<void>;
}

/** A service or job: asked with SIGTERM. */
export function ordinaryNode(child: ManagedProcess): RunningNode {
  return {
    process: () => child,
    async stop({ graceMs }) {
      await child.stop({ signal: 'SIGTERM', graceMs });
    },
  };
}

export function postgresNode(store: PostgresStore): RunningNode {
  return {
    process: () => store.process,
    pausing: () => store.restarting,
    stop: (options) => store.stop(options),
  };
}
