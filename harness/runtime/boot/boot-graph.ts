import type { BootFacts, LogLine } from '../../evidence/facts.ts';
import type { BootEvent, EdgeCondition, StackNode, StackPlan } from '../runtime.ts';
import { validatePlan } from './graph.ts';
import { NodeFailure } from './node-failure.ts';

/** What the one who starts a node is given. */
export interface StartAttempt {
  /** Aborts at the node's limit, at the boot's limit, and when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Says that the process runs and its address is known; edges that wait for `started` hold from here on. */
  started(): void;
  /** Says what the latest probe saw; a failure carries the last one. */
  probed(answer: string): void;
}

export interface BootGraphOptions {
  plan: StackPlan;
  signal: AbortSignal;
  /**
   * Starts a node and resolves when it is ready (a job: when it has completed).
   * Rejects with NodeFailure when it cannot get there; any other error ends the whole boot.
   */
  start(node: StackNode, attempt: StartAttempt): Promise<void>;
  /** The node's last log lines, for its failure. */
  lastLines(node: string): readonly LogLine[];
  /** Milliseconds since the boot began. */
  elapsedMs(): number;
  onEvent?: ((event: BootEvent) => void) | undefined;
}

interface NodeState {
  readonly node: StackNode;
  readonly reached: Set<EdgeCondition>;
  phase: 'waiting' | 'running' | 'ended';
  facts: BootFacts;
  lastProbe?: string;
}

/**
 * Starts every node the moment its own edges hold and returns when each is ready, has failed or cannot start.
 * A failed node does not stop those that do not depend on it.
 * @throws ReadinessError (exit code 2) for a plan that cannot be booted, and whatever `start` rejects with that
 * is not a NodeFailure, once the nodes under way have been told to stop.
 */
export async function bootGraph(options: BootGraphOptions): Promise<readonly BootFacts[]> {
  const { plan } = options;
  validatePlan(plan);
  const states = new Map(
    plan.nodes.map((node) => [
      node.name,
      {
        node,
        reached: new Set<EdgeCondition>(),
        phase: 'waiting',
        facts: { node: node.name, kind: node.kind, state: 'not-started' },
      } satisfies NodeState as NodeState,
    ]),
  );
  const collapse = new AbortController();
  const bootLimit = limitSignal(
    plan.bootTimeoutMs,
    `the boot’s limit of ${seconds(plan.bootTimeoutMs)} was reached`,
  );
  const bootSignal = AbortSignal.any([options.signal, collapse.signal, bootLimit.signal]);
  const attempts = new Set<Promise<void>>();

  const advance = (): void => {
    for (const state of states.values()) {
      if (state.phase !== 'waiting') continue;
      const open = openEdges(state.node, states);
      if (bootSignal.aborted) {
        abandon(state, 'timeout', limitReason(bootSignal), open);
      } else if (open.length === 0) {
        const attempt = run(state).finally(() => attempts.delete(attempt));
        attempts.add(attempt);
      } else {
        const dead = open.find((edge) => states.get(edge.name)?.phase === 'ended');
        if (!dead) continue;
        abandon(state, 'edge', `${dead.name} ${outcomeOf(states.get(dead.name))}`, open);
        // Its own dependants may stand earlier in the plan.
        queueMicrotask(advance);
      }
    }
  };

  const abandon = (
    state: NodeState,
    kind: 'edge' | 'timeout',
    reason: string,
    open: readonly Edge[],
  ): void => {
    state.phase = 'ended';
    const cause = `not started: ${reason}`;
    state.facts = {
      ...state.facts,
      state: 'not-started',
      failure: { cause, kind, by: blame(open, states), openEdges: open.map(describeEdge), logs: [] },
    };
    options.onEvent?.({ type: 'failed', node: state.node.name, atMs: options.elapsedMs(), cause });
  };

  const run = async (state: NodeState): Promise<void> => {
    const { node } = state;
    state.phase = 'running';
    options.onEvent?.({ type: 'starting', node: node.name, atMs: options.elapsedMs() });
    const limit = limitSignal(
      node.startTimeoutMs,
      `not ${goalOf(node)} within ${seconds(node.startTimeoutMs)}`,
    );
    const signal = AbortSignal.any([bootSignal, limit.signal]);
    try {
      await untilAborted(
        options.start(node, {
          signal,
          started: () => {
            state.reached.add('started');
            advance();
          },
          probed: (answer) => {
            state.lastProbe = answer;
          },
        }),
        signal,
      );
      for (const condition of node.kind === 'job'
        ? (['completed'] as const)
        : (['started', 'ready'] as const))
        state.reached.add(condition);
      const readyAfterMs = options.elapsedMs();
      state.facts = { ...state.facts, state: 'ready', readyAfterMs };
      options.onEvent?.({ type: 'ready', node: node.name, atMs: readyAfterMs });
    } catch (error) {
      const failure = signal.aborted ? expired(node, signal) : error;
      if (!(failure instanceof NodeFailure)) throw failure;
      state.facts = {
        ...state.facts,
        state: 'failed',
        failure: {
          cause: failure.message,
          kind: failure.kind,
          by: failure.by,
          ...(state.lastProbe === undefined ? {} : { lastProbe: state.lastProbe }),
          openEdges: [],
          logs: [...options.lastLines(node.name)],
        },
      };
      options.onEvent?.({
        type: 'failed',
        node: node.name,
        atMs: options.elapsedMs(),
        cause: failure.message,
      });
    } finally {
      limit.cancel();
      state.phase = 'ended';
      advance();
    }
  };

  try {
    advance();
    while (attempts.size > 0) await Promise.race(attempts);
    advance();
    return plan.nodes.map((node) => (states.get(node.name) as NodeState).facts);
  } catch (error) {
    collapse.abort(error);
    await Promise.allSettled(attempts);
    throw error;
  } finally {
    bootLimit.cancel();
  }
}

interface Edge {
  name: string;
  condition: EdgeCondition;
}

function openEdges(node: StackNode, states: ReadonlyMap<string, NodeState>): Edge[] {
  return Object.entries(node.dependsOn)
    .filter(([name, condition]) => !states.get(name)?.reached.has(condition))
    .map(([name, condition]) => ({ name, condition }));
}

function describeEdge({ name, condition }: Edge): string {
  return `${name}: ${condition}`;
}

function outcomeOf(state: NodeState | undefined): string {
  return state?.facts.state === 'not-started' ? 'was not started' : 'failed';
}

/** Who is to blame for edges that do not hold: the harness if a store of its own is behind one of them. */
function blame(open: readonly Edge[], states: ReadonlyMap<string, NodeState>): 'product' | 'harness' {
  return open.some(({ name }) => states.get(name)?.facts.failure?.by === 'harness') ? 'harness' : 'product';
}

function goalOf(node: StackNode): string {
  return node.kind === 'job' ? 'completed' : 'ready';
}

/** A limit was reached: the product's failure, except for a store, which the harness itself provides. */
function expired(node: StackNode, signal: AbortSignal): NodeFailure {
  return new NodeFailure('timeout', node.kind === 'store' ? 'harness' : 'product', limitReason(signal));
}

function limitReason(signal: AbortSignal): string {
  return signal.reason instanceof LimitReached ? signal.reason.message : 'the run was interrupted';
}

class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

function limitSignal(ms: number, message: string): { signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new LimitReached(message)), ms);
  return { signal: controller.signal, cancel: () => clearTimeout(timer) };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** The promise's outcome, or a rejection as soon as the signal aborts: a start that ignores it holds nobody up. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  // The loser of the race may still reject; nobody else listens to it.
  promise.catch(() => undefined);
  aborted.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
