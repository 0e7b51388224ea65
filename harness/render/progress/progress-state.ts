import type { Verdict } from '../../judge/result.ts';
import type { RunEvent } from '../../run/run-event.ts';

export type Ending = Extract<RunEvent, { type: 'check-finished' }>['ending'];

export interface NodeProgress {
  state: 'waiting' | 'starting' | 'ready' | 'failed';
  /** Milliseconds from the start of the boot to the last change. */
  atMs: number;
  cause?: string;
}

export interface Setback {
  subject: string;
  ending: string;
  detail: string;
}

/** Everything live progress shows, as a value. */
export interface ProgressState {
  runId: string;
  plannedChecks: number;
  nodes: ReadonlyMap<string, NodeProgress>;
  /** Checks in flight, each with the moment it started. */
  running: ReadonlyMap<string, number>;
  finished: Readonly<Record<Ending, number>>;
  setbacks: readonly Setback[];
  interruptedBy: string | undefined;
  verdict: Verdict | undefined;
}

export const initialProgress: ProgressState = {
  runId: '',
  plannedChecks: 0,
  nodes: new Map(),
  running: new Map(),
  finished: { pass: 0, fail: 0, blocked: 0, error: 0, unmeasured: 0 },
  setbacks: [],
  interruptedBy: undefined,
  verdict: undefined,
};

/** The state after one more event, which happened at `nowMs` of the listener's clock. */
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
      return withNode(state, event.node, { state: event.type, atMs: event.atMs });
    case 'failed':
      return withSetback(
        withNode(state, event.node, { state: 'failed', atMs: event.atMs, cause: event.cause }),
        { subject: event.node, ending: 'no boot', detail: event.cause },
      );
    case 'check-started':
      return { ...state, running: new Map(state.running).set(event.id, nowMs) };
    case 'check-finished': {
      const running = new Map(state.running);
      running.delete(event.id);
      const finished = { ...state.finished, [event.ending]: state.finished[event.ending] + 1 };
      const next = { ...state, running, finished };
      if (event.ending === 'pass') return next;
      return withSetback(next, { subject: event.id, ending: event.ending, detail: event.detail ?? '' });
    }
    case 'interrupted':
      return { ...state, interruptedBy: event.by };
    case 'judged':
      return { ...state, verdict: event.verdict };
    case 'report-written':
      return state;
  }
}

/** Checks that have ended, whatever way. */
export function finishedChecks(state: ProgressState): number {
  return Object.values(state.finished).reduce((sum, count) => sum + count, 0);
}

/** Nodes in one state, in plan order. */
export function nodesIn(state: ProgressState, wanted: NodeProgress['state']): string[] {
  return [...state.nodes].filter(([, node]) => node.state === wanted).map(([name]) => name);
}

function withNode(state: ProgressState, name: string, node: NodeProgress): ProgressState {
  return { ...state, nodes: new Map(state.nodes).set(name, node) };
}

function withSetback(state: ProgressState, setback: Setback): ProgressState {
  return { ...state, setbacks: [...state.setbacks, setback] };
}
