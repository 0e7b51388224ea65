import type { PlannedCheck } from '../plan/plan.ts';
import { walkNeeds } from '../plan/walk-needs.ts';
import type { CheckDefinition } from './check.ts';
import { ReadyQueue } from './ready-queue.ts';

/** How many checks may run at the same time. */
export interface Places {
  /** Checks that use the processor, at least 1. */
  working: number;
  /** Checks that mostly wait; 0: they take the places of the others. */
  waiting: number;
}

type Lane = keyof Places;
type Timing = Pick<CheckDefinition, 'early' | 'lasts' | 'waits'>;

/** Duration of a check that declares none, seconds. */
const usualSeconds = 1;

/** More than any chain of checks takes, seconds. */
const longerThanAnyChain = 1_000_000;

/**
 * Sorts checks so that those come first behind which the most work is left: their own typical duration and that of the
 * longest chain of checks that need them. Early checks, and what they need, come before all others. Checks with the same
 * time keep their order.
 */
export function mostUrgentFirst(
  checks: readonly PlannedCheck[],
  timing: (id: string) => Timing | undefined,
): PlannedCheck[] {
  const { order, cycle } = walkNeeds(new Map(checks.map(({ id, needs }) => [id, needs])));
  // `inOrderOfNeeds` reports it.
  if (cycle) return [...checks];
  const needsOf = new Map(checks.map(({ id, needs }) => [id, needs]));
  /** Seconds of the longest chain of checks that need this one. */
  const after = new Map<string, number>();
  const secondsLeft = new Map<string, number>();
  for (const id of order.toReversed()) {
    const { early, lasts = usualSeconds } = timing(id) ?? {};
    const seconds = lasts + (after.get(id) ?? 0) + (early ? longerThanAnyChain : 0);
    secondsLeft.set(id, seconds);
    for (const need of needsOf.get(id) ?? []) after.set(need, Math.max(after.get(need) ?? 0, seconds));
  }
  return checks.toSorted((a, b) => (secondsLeft.get(b.id) ?? 0) - (secondsLeft.get(a.id) ?? 0));
}

/** What `inOrderOfNeeds` must know about checks. */
export interface StartRules {
  places: Places;
  timing(id: string): Timing | undefined;
  /**
   * How much a check takes of what is limited besides places. Of two checks with the same demand, the second one may not
   * start while the first one may not. Default: all have the same.
   */
  demand?(check: PlannedCheck): number;
  /** Whether a check may start now. It starts at once when this is true. */
  mayStart(check: PlannedCheck): boolean;
  settle(check: PlannedCheck): Promise<void>;
}

/** Checks that may start under the same circumstances: in the same kind of place, with the same demand. */
interface Line {
  lane: Lane;
  ready: ReadyQueue<PlannedCheck>;
}

/**
 * Runs each check once all of its needs within the list are settled, it may start, and there is a place for it; the first
 * ones of the list before others. When none runs, every check may start. It looks at each check and each need once, not
 * again whenever a check ends.
 */
export async function inOrderOfNeeds(checks: readonly PlannedCheck[], rules: StartRules): Promise<void> {
  const { places, timing, demand, mayStart, settle } = rules;
  const rankOf = new Map(checks.map(({ id }, rank) => [id, rank]));
  const lines = new Map<string, Line>();
  const addReady = (check: PlannedCheck): void => {
    const lane: Lane = places.waiting > 0 && timing(check.id)?.waits ? 'waiting' : 'working';
    const key = `${lane} ${demand?.(check) ?? 0}`;
    const line = lines.get(key) ?? { lane, ready: new ReadyQueue() };
    lines.set(key, line);
    line.ready.add(check, rankOf.get(check.id) ?? 0);
  };

  const needing = new Map<string, PlannedCheck[]>();
  const openNeeds = new Map<string, number>();
  for (const check of checks) {
    const needs = new Set(check.needs.filter((need) => rankOf.has(need)));
    openNeeds.set(check.id, needs.size);
    if (needs.size === 0) addReady(check);
    for (const need of needs) {
      const others = needing.get(need);
      if (others) others.push(check);
      else needing.set(need, [check]);
    }
  }

  const started = new Set<string>();
  const taken: Places = { working: 0, waiting: 0 };
  let running = 0;
  let wake = (): void => undefined;
  let failure: { error: unknown } | undefined;
  const start = (check: PlannedCheck, lane: Lane): void => {
    started.add(check.id);
    taken[lane] += 1;
    running += 1;
    const end = (): void => {
      taken[lane] -= 1;
      running -= 1;
      for (const other of needing.get(check.id) ?? []) {
        const open = (openNeeds.get(other.id) ?? 0) - 1;
        openNeeds.set(other.id, open);
        if (open === 0) addReady(other);
      }
      wake();
    };
    settle(check).then(end, (error: unknown) => {
      failure ??= { error };
      wake();
    });
  };

  while (started.size < checks.length || running > 0) {
    startAll([...lines.values()], { hasPlace: (lane) => taken[lane] < places[lane], mayStart, start });
    if (running === 0) {
      const left = checks.filter(({ id }) => !started.has(id));
      throw new Error(`The needs of these checks form a cycle: ${left.map(({ id }) => id).join(', ')}`);
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (failure) throw failure.error;
  }
}

/** Starts every check that may start, the first ones of the list before others. */
function startAll(
  lines: readonly Line[],
  rules: {
    hasPlace(lane: Lane): boolean;
    mayStart(check: PlannedCheck): boolean;
    start(check: PlannedCheck, lane: Lane): void;
  },
): void {
  const refused = new Set<Line>();
  for (;;) {
    const [line] = lines
      .filter((each) => each.ready.next && !refused.has(each) && rules.hasPlace(each.lane))
      .toSorted((a, b) => (a.ready.nextRank ?? 0) - (b.ready.nextRank ?? 0));
    const check = line?.ready.next;
    if (!line || !check) return;
    if (rules.mayStart(check)) {
      line.ready.take();
      rules.start(check, line.lane);
    } else refused.add(line);
  }
}
