import { raceAbort } from '../../async/race-abort.ts';
import type {
  Failover,
  NodeRestarts,
  ProcessControl,
  ReplicatedStore,
  Restart,
  StackAddresses,
} from '../../engine/stack.ts';
import type { BootFacts, LogLine } from '../../evidence/facts.ts';
import type { LogWatch } from '../../evidence/log-watch.ts';
import type { Capability } from '../../plan/plan.ts';
import type { StartContext } from '../boot/boot-graph.ts';
import { dependantsOf } from '../boot/graph.ts';
import { NodeFailure } from '../boot/node-failure.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { describeExit, type ProcessExit } from '../process/managed-process.ts';
import type { BootedStack, StackNode, StackPlan } from '../runtime.ts';

/** Maximum time of the whole stop, milliseconds; then the rest is killed. No time limit of the run includes it. */
const stopBudgetMs = 8_000;
/** Maximum time between the stop signal and SIGKILL for one node, milliseconds. */
const nodeGraceMs = 3_000;
/** The same for a restart, milliseconds: the default of container engines. */
const restartGraceMs = 10_000;

/** A started node. */
export interface RunningNode {
  /** The node's process or container; PostgreSQL gets a new one when its data is saved as a template. */
  process(): {
    readonly exit: ProcessExit | undefined;
    readonly pid?: number | undefined;
    /** How a container gets a signal; a process gets it by its id. */
    signal?(name: NodeJS.Signals): void | Promise<void>;
  };
  /** Whether it is down on purpose. */
  isPaused?(): boolean;
  stop(options: { graceMs: number }): Promise<void>;
  /** How it is restarted; absent for jobs. */
  readonly restart?: NodeRestart;
}

/** The two halves of a restart. */
export interface NodeRestart {
  /**
   * Sends the stop signal, after `graceMs` milliseconds SIGKILL. Nothing that the node stores is lost.
   * @param options.signal the signal to send to a service instead
   */
  stop(options: { graceMs: number; signal?: 'SIGKILL' }): Promise<ProcessExit>;
  /**
   * Starts it again and returns when it is ready.
   * @throws NodeFailure when it exits instead
   */
  start(context: Pick<StartContext, 'signal' | 'probed'>): Promise<void>;
}

/** The processes or containers of one boot, until the last one has stopped. */
export class RunningStack implements BootedStack, NodeRestarts {
  boot: readonly BootFacts[] = [];
  addresses: StackAddresses = { services: {} as StackAddresses['services'] };
  readonly failovers: Partial<Record<ReplicatedStore, Failover>> = {};
  readonly restarts: NodeRestarts | undefined;
  /** Set by runtimes whose nodes are processes of this machine. */
  control: ProcessControl | undefined;
  readonly #plan: StackPlan;
  readonly #scope: RunScope;
  readonly #cleanUp: () => Promise<void>;
  readonly #capabilities: Capability[];
  readonly #nodes = new Map<string, RunningNode>();
  readonly #restarting = new Set<string>();
  readonly #ended = new AbortController();
  #stopping: Promise<void> | undefined;

  constructor(options: {
    plan: StackPlan;
    scope: RunScope;
    /** What the runtime offers besides that of every runtime. */
    capabilities: readonly Capability[];
    /** Whether the runtime can restart nodes. */
    restarts: boolean;
    /** Called after the last node has stopped. */
    cleanUp: () => Promise<void>;
  }) {
    this.restarts = options.restarts ? this : undefined;
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
      'unredacted-logs',
      'internal-key',
      ...this.#capabilities,
      'boot-times',
      'process-exits',
      'service-addresses',
      'accounts',
      'registration',
    ]);
    if (ready.has('postgres')) capabilities.add('postgres-admin');
    if (ready.has('postgres') && ready.has('migrate')) capabilities.add('postgres-service-roles');
    if (Object.keys(this.failovers).length > 0) capabilities.add('high-availability');
    if (ready.has('redis')) capabilities.add('redis-admin');
    if (this.control) capabilities.add('process-control');
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
      if (kind === 'job' || state !== 'ready' || !exit) continue;
      if (this.#restarting.has(node) || running.isPaused?.()) continue;
      exited.push({ node, reason: describeExit(exit), atMs: exit.atMs });
    }
    return exited;
  }

  /** Stops a node and forgets it. Does nothing for an unknown one. */
  async stopNode(name: string, options: { graceMs: number }): Promise<void> {
    await this.#nodes.get(name)?.stop(options);
    this.#nodes.delete(name);
  }

  processId(node: string): number | undefined {
    return this.#nodes.get(node)?.process().pid;
  }

  async signal(node: string, name: NodeJS.Signals): Promise<boolean> {
    const running = this.#nodes.get(node)?.process();
    if (running?.pid !== undefined) process.kill(running.pid, name);
    else if (running?.signal) await running.signal(name);
    else return false;
    return true;
  }

  get nodes(): readonly string[] {
    return this.boot
      .filter(({ node, state }) => state === 'ready' && this.#nodes.get(node)?.restart)
      .map(({ node }) => node);
  }

  async restart(
    name: string,
    signal: AbortSignal,
    { whileDown }: { whileDown?: () => Promise<unknown> } = {},
  ): Promise<Restart> {
    let failed: { error: unknown } | undefined;
    const observe = async () => {
      try {
        await whileDown?.();
      } catch (error) {
        failed = { error };
      }
    };
    const restart = await this.#restart(name, { graceMs: restartGraceMs }, signal, observe);
    if (failed) throw failed.error;
    return restart;
  }

  async kill(
    name: string,
    signal: AbortSignal,
    options: { until?: Promise<unknown> } = {},
  ): Promise<Restart> {
    if (this.#plan.nodes.find((one) => one.name === name)?.kind !== 'service')
      throw new Error(`"${name}" is no service and cannot be killed`);
    const { until } = options;
    return this.#restart(name, { graceMs: restartGraceMs, signal: 'SIGKILL' }, signal, async () => {
      await until?.catch(() => undefined);
    });
  }

  async #restart(
    name: string,
    how: Parameters<NodeRestart['stop']>[0],
    signal: AbortSignal,
    whileDown: () => Promise<unknown>,
  ): Promise<Restart> {
    const node = this.#plan.nodes.find((one) => one.name === name);
    const halves = this.#nodes.get(name)?.restart;
    if (!node || !halves || !this.nodes.includes(name)) throw new Error(`"${name}" cannot be restarted`);
    if (this.#restarting.has(name)) throw new Error(`"${name}" is being restarted`);
    this.#restarting.add(name);
    try {
      const stoppedAtMs = performance.now();
      const exit = await halves.stop(how);
      const ended = { stoppedAtMs, exitedAtMs: performance.now(), exit: describeExit(exit) };
      await raceAbort(whileDown(), AbortSignal.any([signal, this.#ended.signal]));
      const failure = await this.#startAgain(node, halves, signal);
      return failure === undefined ? { ...ended, readyAtMs: performance.now() } : { ...ended, failure };
    } finally {
      this.#restarting.delete(name);
    }
  }

  /** @returns why it is not ready again; undefined when it is. @throws what is no failure of the node */
  async #startAgain(node: StackNode, halves: NodeRestart, signal: AbortSignal): Promise<string | undefined> {
    const limit = AbortSignal.timeout(node.startTimeoutMs);
    let probe = '';
    try {
      await halves.start({
        signal: AbortSignal.any([signal, this.#ended.signal, limit]),
        probed: (observation) => {
          probe = this.#scope.redactor.redact(observation);
        },
      });
      return undefined;
    } catch (error) {
      if (signal.aborted || this.#ended.signal.aborted) throw error;
      if (error instanceof NodeFailure) return `${this.#scope.redactor.redact(error.message)}; ${probe}`;
      if (limit.aborted) return `not ready within ${node.startTimeoutMs / 1_000} s; ${probe}`;
      throw error;
    }
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
    this.#ended.abort(new Error('the run has ended'));
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
      // The nodes of the plan, and those that checks have started besides.
      const names = new Set([...this.#plan.nodes.map(({ name }) => name), ...this.#nodes.keys()]);
      await Promise.allSettled([...names].map(stop));
    } finally {
      // Also ends processes that are not a node yet, e.g. `initdb`.
      await this.#scope.close();
      await this.#cleanUp();
    }
  }
}
