import type {
  Failover,
  NodeRestarts,
  ProcessControl,
  ReplicatedStore,
  StackAddresses,
} from '../engine/stack.ts';
import type { BootFacts, LogLine } from '../evidence/facts.ts';
import type { LogWatch } from '../evidence/log-watch.ts';
import type { Capability } from '../plan/plan.ts';

/**
 * What an edge waits for. `started`: the process runs and its address is known. `ready`: its readiness probe returns
 * the right content and identity. `completed`: a job exited with code 0.
 */
export type EdgeCondition = 'started' | 'ready' | 'completed';

export interface StackNode {
  name: string;
  kind: 'store' | 'job' | 'service';
  dependsOn: Readonly<Record<string, EdgeCondition>>;
  /** Environment variables in addition to those of the runtime. */
  env: Readonly<Record<string, string>>;
  /** Fixed TCP port; default: a free one, chosen by the kernel. */
  port?: number;
  /** Additional arguments of the node's interpreter, e.g. `--import`; for faults. */
  execArgv?: readonly string[];
  /** The service of which it is one more process with the same settings; clients of other services do not call it. */
  replicaOf?: string;
  /** Changes the complete environment of the node; for faults that depend on values of the run. */
  rewriteEnvironment?(environment: Readonly<Record<string, string>>): Record<string, string>;
  /** Maximum time from its start to ready, milliseconds. */
  startTimeoutMs: number;
}

/** The dependency graph of a boot; validated before anything starts. */
export interface StackPlan {
  nodes: readonly StackNode[];
  /** Time limit of the whole boot, milliseconds. */
  bootTimeoutMs: number;
}

export type BootEvent =
  | { type: 'starting'; node: string; atMs: number }
  | { type: 'ready'; node: string; atMs: number }
  | { type: 'failed'; node: string; atMs: number; cause: string };

export interface BootOptions {
  runId: string;
  /** Folder of the run; logs go to `logs/<node>.log` in it. */
  runDir: string;
  signal: AbortSignal;
  onEvent?: (event: BootEvent) => void;
}

/** The exit of a node, or a time in which it was not available. Times are `performance.now()` of the harness. */
export interface NodeExit {
  node: string;
  reason: string;
  atMs: number;
  /** Present where the harness sees no processes: the node did not respond as it must. */
  outage?: true;
  /** When the node was available again; absent if it stayed away. */
  untilMs?: number;
}

/** A booted system; some of its nodes may have failed. */
export interface BootedStack extends AsyncDisposable {
  readonly addresses: StackAddresses;
  /** One for each store with a second server. */
  readonly failovers?: Readonly<Partial<Record<ReplicatedStore, Failover>>>;
  /** Present where the runtime can restart nodes. */
  readonly restarts?: NodeRestarts | undefined;
  /** Needed for the capability `process-control`. */
  readonly control?: ProcessControl | undefined;
  /** One entry per node of the plan, in plan order. A failed node does not stop independent ones. */
  readonly boot: readonly BootFacts[];
  readonly capabilities: ReadonlySet<Capability>;
  /** Lines that a service wrote since the given time (`performance.now()` of the harness), newest last. */
  logs(service: string, sinceMs: number): readonly LogLine[];
  /** The secrets in the logs of all nodes. */
  readonly logWatch: LogWatch;
  /** Nodes that have exited since the boot, or were not available, in order of time. */
  exited(): readonly NodeExit[];
  /** Id of a node's process; undefined where it does not run on this machine. */
  processId?(node: string): number | undefined;
  /**
   * Sends a signal to the process or container of a node.
   * @returns whether there is one; absent where the harness started no nodes
   */
  signal?(node: string, name: NodeJS.Signals): Promise<boolean>;
  /** Stops everything in reverse order, within its own time limit. Safe to call twice. */
  stop(): Promise<void>;
}

export interface Runtime {
  /**
   * Boots the plan. Returns when every node is ready, has failed or cannot start. A service that fails to start does
   * not make it throw.
   * @throws ReadinessError (exit code 4) when the machine lacks what the runtime needs.
   */
  boot(plan: StackPlan, options: BootOptions): Promise<BootedStack>;
}
