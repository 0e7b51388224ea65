import type { ServiceName } from '../../platform/contracts/service.ts';
import type { StackAddresses } from '../engine/stack.ts';
import type { BootFacts, LogLine } from '../evidence/facts.ts';
import type { Capability } from '../plan/plan.ts';

/**
 * What an edge waits for. `started`: the process runs and its address is known. `ready`: it answers its
 * readiness probe with the right content and identity. `completed`: a job ended with exit code 0.
 */
export type EdgeCondition = 'started' | 'ready' | 'completed';

export interface StackNode {
  name: string;
  kind: 'store' | 'job' | 'service';
  dependsOn: Readonly<Record<string, EdgeCondition>>;
  /** Environment added to what the runtime itself sets; faults and `--env` end up here. */
  env: Readonly<Record<string, string>>;
  /** Fixed TCP port; absent means a free one chosen by the kernel. */
  port?: number;
  /** Extra arguments for the node's own interpreter, e.g. `--import`. Used by faults. */
  execArgv?: readonly string[];
  /** Last word on the environment the runtime made for the node; used by faults whose values are known only then. */
  rewriteEnvironment?(environment: Readonly<Record<string, string>>): Record<string, string>;
  /** Most time from its start to ready, milliseconds. */
  startTimeoutMs: number;
}

/** The typed dependency graph of what is to be booted; validated before anything starts. */
export interface StackPlan {
  nodes: readonly StackNode[];
  /** Limit of the whole boot, milliseconds. */
  bootTimeoutMs: number;
}

export type BootEvent =
  | { type: 'starting'; node: string; atMs: number }
  | { type: 'ready'; node: string; atMs: number }
  | { type: 'failed'; node: string; atMs: number; cause: string };

export interface BootOptions {
  runId: string;
  /** Folder of this run's report; logs go to `logs/<node>.log` below it. */
  runDir: string;
  signal: AbortSignal;
  onEvent?: (event: BootEvent) => void;
}

/** A booted (perhaps partly failed) system. */
export interface BootedStack extends AsyncDisposable {
  readonly addresses: StackAddresses;
  /** One entry per node of the plan, in plan order. A failed node does not stop independent ones. */
  readonly boot: readonly BootFacts[];
  readonly capabilities: ReadonlySet<Capability>;
  /** Lines a service wrote since the given moment (`performance.now()` of the harness), newest last. */
  logs(service: ServiceName | string, sinceMs: number): readonly LogLine[];
  /** Nodes that have exited since boot, with the reason; empty while all is well. */
  exited(): readonly { node: string; reason: string }[];
  /** Stops everything in reverse order within its own time budget. Safe to call twice. */
  stop(): Promise<void>;
}

export interface Runtime {
  readonly kind: 'process' | 'testcontainers' | 'compose' | 'external';
  /**
   * Boots the plan. Returns when every node is ready, failed or cannot start; it does not throw for a
   * product that fails to start. Throws ReadinessError (exit code 4) when the environment itself is unfit.
   */
  boot(plan: StackPlan, options: BootOptions): Promise<BootedStack>;
}
