import { Outcome } from '../../plan/outcome.ts';
import type { RunEvent } from '../../run/run-event.ts';

interface NodeProgress {
  state: 'waiting' | 'starting' | 'ready' | 'failed';
  /** Milliseconds from the start of the boot to the last change. */
  atMs: number;
}

/** A node that failed to boot, or a check that did not pass. */
export interface Issue {
  subject: string;
  state: string;
  detail: string;
}

/** Everything that live progress shows, as a value. */
export interface ProgressState {
  runId: string;
  plannedChecks: number;
  nodes: ReadonlyMap<string, NodeProgress>;
  /** Start times of the running checks by id, milliseconds of the listener's clock. */
  running: ReadonlyMap<string, number>;
  finished: Readonly<Record<Outcome, number>>;
  issues: readonly Issue[];
}

export const initialProgress: ProgressState = {
  runId: '',
  plannedChecks: 0,
  nodes: new Map(),
  running: new Map(),
  finished: Object.fromEntries(Outcome.options.map((outcome) => [outcome, 0])) as Record<Outcome, number>,
  issues: [],
};

/** The state after one more event, received at `nowMs` of the listener's clock. */
export function progressAfter(state: ProgressState, event: RunEvent, nowMs: number): ProgressState {
  switch (event.type) {
    case 'plan-frozen':
      return {
        ...state,
        runId: event.runId,
        plannedChecks: event.checks,
        nodes: new Map(event.nodes.map((node) => [node, { state: 'waiting', atMs: 0 }])),
      };
    case 'starting':
    case 'ready':
    case 'failed': {
      const nodes = new Map(state.nodes).set(event.node, { state: event.type, atMs: event.atMs });
      if (event.type !== 'failed') return { ...state, nodes };
      return withIssue({ ...state, nodes }, { subject: event.node, state: 'not ready', detail: event.cause });
    }
    case 'check-started':
      return { ...state, running: new Map(state.running).set(event.id, nowMs) };
    case 'check-finished': {
      const running = new Map(state.running);
      running.delete(event.id);
      const finished = { ...state.finished, [event.outcome]: state.finished[event.outcome] + 1 };
      const next = { ...state, running, finished };
      if (event.outcome === 'pass') return next;
      return withIssue(next, { subject: event.id, state: event.outcome, detail: event.detail ?? '' });
    }
  }
}

/** Number of checks that have ended with any outcome. */
export function finishedChecks(state: ProgressState): number {
  return Object.values(state.finished).reduce((sum, count) => sum + count, 0);
}

/** Nodes in one state, in plan order. */
export function nodesIn(state: ProgressState, wanted: NodeProgress['state']): string[] {
  return [...state.nodes].filter(([, node]) => node.state === wanted).map(([name]) => name);
}

function withIssue(state: ProgressState, issue: Issue): ProgressState {
  return { ...state, issues: [...state.issues, issue] };
}
