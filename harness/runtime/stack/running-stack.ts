import type { Failover, StackAddresses } from '../../engine/stack.ts';
import type { BootFacts, LogLine } from '../../evidence/facts.ts';
import type { LogWatch } from '../../evidence/log-watch.ts';
import type { Capability } from '../../plan/plan.ts';
import { dependantsOf } from '../boot/graph.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { describeExit, type ProcessExit } from '../process/managed-process.ts';
import type { BootedStack, StackPlan } from '../runtime.ts';

/** Maximum time of the whole stop, milliseconds; then the rest is killed. No time limit of the run includes it. */
const stopBudgetMs = 8_000;
/** Maximum time between the stop signal and SIGKILL for one node, milliseconds. */
const nodeGraceMs = 3_000;

/** A started node. */
export interface RunningNode {
  /** The node's process or container; PostgreSQL gets a new one when its data is saved as a template. */
  process(): { readonly exit: ProcessExit | undefined };
  /** Whether it is down on purpose. */
  isPaused?(): boolean;
  stop(options: { graceMs: number }): Promise<void>;
}

/** The processes or containers of one boot, until the last one has stopped. */
export class RunningStack implements BootedStack {
  boot: readonly BootFacts[] = [];
  addresses: StackAddresses = { services: {} as StackAddresses['services'] };
  failover: Failover | undefined;
  readonly #plan: StackPlan;
  readonly #scope: RunScope;
  readonly #cleanUp: () => Promise<void>;
  readonly #capabilities: Capability[];
  readonly #nodes = new Map<string, RunningNode>();
  #stopping: Promise<void> | undefined;

  constructor(options: {
    plan: StackPlan;
    scope: RunScope;
    /** What the runtime offers besides that of every runtime. */
    capabilities: readonly Capability[];
    /** Called after the last node has stopped. */
    cleanUp: () => Promise<void>;
  }) {
    this.#plan = options.plan;
    this.#scope = options.scope;
    this.#capabilities = [...options.capabilities];
    this.#cleanUp = options.cleanUp;
  }

  /** Registers a started node, so that it is stopped with the stack. */
  add(name: string, node: RunningNode): void {
    this.#nodes.set(name, node);
  }

  /** Adds a capability that is known only after the boot. */
  offer(capability: Capability): void {
    this.#capabilities.push(capability);
  }

  get capabilities(): ReadonlySet<Capability> {
    const ready = new Set(this.boot.filter(({ state }) => state === 'ready').map(({ node }) => node));
    const capabilities = new Set<Capability>([
      'logs',
      ...this.#capabilities,
      'boot-times',
      'process-exits',
      'service-addresses',
      'accounts',
    ]);
    if (ready.has('postgres')) capabilities.add('postgres-admin');
    if (ready.has('postgres') && ready.has('migrate')) capabilities.add('postgres-service-roles');
    if (this.failover) capabilities.add('high-availability');
    if (ready.has('redis')) capabilities.add('redis-admin');
    return capabilities;
  }

  logs(service: string, sinceMs: number): readonly LogLine[] {
    return this.#plan.nodes.some(({ name }) => name === service)
      ? this.#scope.log(service).since(sinceMs)
      : [];
  }

  get logWatch(): LogWatch {
    return this.#scope.secrets;
  }

  exited(): ReturnType<BootedStack['exited']> {
    const exited: { node: string; reason: string; atMs: number }[] = [];
    for (const { node, kind, state } of this.boot) {
      const running = this.#nodes.get(node);
      const exit = running?.process().exit;
      if (kind === 'job' || state !== 'ready' || !exit || running.isPaused?.()) continue;
      exited.push({ node, reason: describeExit(exit), atMs: exit.atMs });
    }
    return exited;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Stops every node after the nodes that depend on it, within one time budget, and cleans up. */
  async #stop(): Promise<void> {
    const deadline = performance.now() + stopBudgetMs;
    this.#scope.noteDescendants();
    const dependants = dependantsOf(this.#plan);
    const stops = new Map<string, Promise<void>>();
    const stop = (name: string): Promise<void> => {
      let stopped = stops.get(name);
      if (!stopped) {
        stopped = (async () => {
          await Promise.all((dependants.get(name) ?? []).map(stop));
          const graceMs = Math.max(0, Math.min(nodeGraceMs, deadline - performance.now()));
          await this.#nodes.get(name)?.stop({ graceMs });
        })();
        stops.set(name, stopped);
      }
      return stopped;
    };
    try {
      await Promise.allSettled(this.#plan.nodes.map(({ name }) => stop(name)));
    } finally {
      // Also ends processes that are not a node yet, e.g. `initdb`.
      await this.#scope.close();
      await this.#cleanUp();
    }
  }
}
