import { raceAbort } from '../../async/race-abort.ts';
import { timeLimit } from '../../async/time-limit.ts';
import type { BootFacts, LogLine } from '../../evidence/facts.ts';
import type { BootEvent, EdgeCondition, StackNode, StackPlan } from '../runtime.ts';
import { validatePlan } from './graph.ts';
import { NodeFailure } from './node-failure.ts';

/** What a starting node gets from the boot. */
export interface StartContext {
  /** Aborts at the time limit of the node or the boot, and when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Reports that the process runs and its address is known: edges that wait for `started` are satisfied. */
  started(): void;
  /** Reports what the latest probe observed; a failure includes the last one. */
  probed(observation: string): void;
}

export interface BootGraphOptions {
  plan: StackPlan;
  signal: AbortSignal;
  /**
   * Starts a node and resolves when it is ready (a job: when it has completed).
   * Rejects with NodeFailure when the node fails; any other error ends the whole boot.
   */
  start(node: StackNode, context: StartContext): Promise<void>;
  /** The node's last log lines, for its failure. */
  lastLines(node: string): readonly LogLine[];
  /** Milliseconds since the boot began. */
  elapsedMs(): number;
  onEvent?: ((event: BootEvent) => void) | undefined;
}

/**
 * Starts every node as soon as its edges are satisfied. Returns when each node is ready, has failed or cannot start.
 * A failed node does not stop nodes that do not depend on it.
 * @throws ReadinessError (exit code 2) for a plan that cannot be booted. Any error of `start` other than NodeFailure,
 * after the running starts were aborted.
 */
export async function bootGraph(options: BootGraphOptions): Promise<readonly BootFacts[]> {
  validatePlan(options.plan);
  const { bootTimeoutMs } = options.plan;
  using limit = timeLimit(
    bootTimeoutMs,
    new LimitReached(`the boot timeout of ${seconds(bootTimeoutMs)} was reached`),
  );
  return await new GraphBoot(options, limit.signal).run();
}

interface NodeState {
  readonly node: StackNode;
  readonly reached: Set<EdgeCondition>;
  phase: 'waiting' | 'running' | 'ended';
  facts: BootFacts;
  lastProbe?: string;
}

interface Edge {
  name: string;
  condition: EdgeCondition;
}

class GraphBoot {
  readonly #options: BootGraphOptions;
  readonly #states: ReadonlyMap<string, NodeState>;
  readonly #running = new Set<Promise<void>>();
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;

  constructor(options: BootGraphOptions, limit: AbortSignal) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#failed.signal, limit]);
    this.#states = new Map(
      options.plan.nodes.map((node) => [
        node.name,
        {
          node,
          reached: new Set<EdgeCondition>(),
          phase: 'waiting',
          facts: {
            node: node.name,
            kind: node.kind,
            state: 'not-started',
            ...dependenciesOf(node),
          },
        },
      ]),
    );
  }

  async run(): Promise<readonly BootFacts[]> {
    try {
      this.#advance();
      while (this.#running.size > 0) await Promise.race(this.#running);
      this.#advance();
      return [...this.#states.values()].map(({ facts }) => facts);
    } catch (error) {
      this.#failed.abort(error);
      await Promise.allSettled(this.#running);
      throw error;
    }
  }

  /** Starts or skips every waiting node for which that is decided by now. */
  #advance(): void {
    for (const state of this.#states.values()) {
      if (state.phase !== 'waiting') continue;
      const open = this.#openEdges(state.node);
      const dead = open.find(({ name }) => this.#states.get(name)?.phase === 'ended');
      if (this.#signal.aborted) {
        this.#skip(state, 'timeout', limitReason(this.#signal), open);
      } else if (open.length === 0) {
        const running = this.#start(state).finally(() => this.#running.delete(running));
        this.#running.add(running);
      } else if (dead) {
        const skipped = this.#states.get(dead.name)?.facts.state === 'not-started';
        this.#skip(state, 'edge', `${dead.name} ${skipped ? 'was not started' : 'failed'}`, open);
        // Nodes that depend on this one may come earlier in the plan.
        queueMicrotask(() => this.#advance());
      }
    }
  }

  #openEdges(node: StackNode): Edge[] {
    return Object.entries(node.dependsOn)
      .filter(([name, condition]) => !this.#states.get(name)?.reached.has(condition))
      .map(([name, condition]) => ({ name, condition }));
  }

  #skip(state: NodeState, kind: 'edge' | 'timeout', reason: string, open: readonly Edge[]): void {
    state.phase = 'ended';
    const cause = `not started: ${reason}`;
    const openEdges = open.map(({ name, condition }) => `${name}: ${condition}`);
    // The harness provides the stores: a failed one behind an edge is its failure.
    const byHarness = open.some(({ name }) => this.#states.get(name)?.facts.failure?.by === 'harness');
    const by = byHarness ? 'harness' : 'product';
    state.facts = { ...state.facts, failure: { cause, kind, by, openEdges, logs: [] } };
    this.#emit('failed', state.node, cause);
  }

  async #start(state: NodeState): Promise<void> {
    const { node } = state;
    state.phase = 'running';
    this.#emit('starting', node);
    const goal = node.kind === 'job' ? 'completed' : 'ready';
    using limit = timeLimit(
      node.startTimeoutMs,
      new LimitReached(`not ${goal} within ${seconds(node.startTimeoutMs)}`),
    );
    const signal = AbortSignal.any([this.#signal, limit.signal]);
    const context: StartContext = {
      signal,
      started: () => {
        state.reached.add('started');
        this.#advance();
      },
      probed: (observation) => {
        state.lastProbe = observation;
      },
    };
    try {
      // A start that ignores its signal must not block the boot.
      await raceAbort(this.#options.start(node, context), signal);
      if (node.kind !== 'job') state.reached.add('started');
      state.reached.add(goal);
      const readyAfterMs = this.#emit('ready', node);
      state.facts = { ...state.facts, state: 'ready', readyAfterMs };
    } catch (error) {
      const failure = signal.aborted ? expired(node, signal) : error;
      if (!(failure instanceof NodeFailure)) throw failure;
      this.#fail(state, failure);
    } finally {
      state.phase = 'ended';
      this.#advance();
    }
  }

  #fail(state: NodeState, { message: cause, kind, by }: NodeFailure): void {
    const { lastProbe } = state;
    state.facts = {
      ...state.facts,
      state: 'failed',
      failure: {
        cause,
        kind,
        by,
        ...(lastProbe === undefined ? {} : { lastProbe }),
        openEdges: [],
        logs: [...this.#options.lastLines(state.node.name)],
      },
    };
    this.#emit('failed', state.node, cause);
  }

  /** Returns the time of the event, milliseconds since the boot began. */
  #emit(type: BootEvent['type'], { name: node }: StackNode, cause = ''): number {
    const atMs = this.#options.elapsedMs();
    this.#options.onEvent?.(type === 'failed' ? { type, node, atMs, cause } : { type, node, atMs });
    return atMs;
  }
}

function dependenciesOf({ dependsOn }: StackNode): Pick<BootFacts, 'dependsOn'> {
  const names = Object.keys(dependsOn).sort();
  return names.length > 0 ? { dependsOn: names } : {};
}

/** The failure of a node at a time limit: the product's, except for a store, which the harness provides. */
function expired(node: StackNode, signal: AbortSignal): NodeFailure {
  return new NodeFailure('timeout', node.kind === 'store' ? 'harness' : 'product', limitReason(signal));
}

function limitReason(signal: AbortSignal): string {
  return signal.reason instanceof LimitReached ? signal.reason.message : 'the run was interrupted';
}

class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
