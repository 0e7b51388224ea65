import type { PlannedCheck } from '../plan/plan.ts';
import type { CheckDefinition } from './check.ts';

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
  const needing = new Map<string, string[]>();
  for (const { id, needs } of checks)
    for (const need of needs) needing.set(need, [...(needing.get(need) ?? []), id]);
  const known = new Map<string, number>();
  const secondsLeft = (id: string): number => {
    const found = known.get(id);
    if (found !== undefined) return found;
    // Checks that need each other would never end here; `inOrderOfNeeds` reports them.
    known.set(id, 0);
    const after = Math.max(0, ...(needing.get(id) ?? []).map(secondsLeft));
    const { early, lasts = usualSeconds } = timing(id) ?? {};
    const seconds = lasts + after + (early ? longerThanAnyChain : 0);
    known.set(id, seconds);
    return seconds;
  };
  return checks.toSorted((a, b) => secondsLeft(b.id) - secondsLeft(a.id));
}

/**
 * Runs each check once all of its needs within the list are settled, it may start, and there is a place for it; the first
 * ones of the list before others. When none runs, every check may start.
 */
export async function inOrderOfNeeds(
  checks: readonly PlannedCheck[],
  {
    places,
    timing,
    mayStart,
    settle,
  }: {
    places: Places;
    timing(id: string): Timing | undefined;
    mayStart(check: PlannedCheck): boolean;
    settle(check: PlannedCheck): Promise<void>;
  },
): Promise<void> {
  const laneOf = ({ id }: PlannedCheck): Lane =>
    places.waiting > 0 && timing(id)?.waits ? 'waiting' : 'working';
  const left = new Map(checks.map((check) => [check.id, check]));
  const running = new Map<string, Promise<string>>();
  const taken: Places = { working: 0, waiting: 0 };
  while (left.size > 0 || running.size > 0) {
    for (const check of left.values()) {
      const lane = laneOf(check);
      if (taken[lane] >= places[lane]) continue;
      if (check.needs.some((need) => left.has(need) || running.has(need))) continue;
      if (!mayStart(check)) continue;
      left.delete(check.id);
      taken[lane] += 1;
      running.set(
        check.id,
        settle(check).then(() => {
          taken[lane] -= 1;
          return check.id;
        }),
      );
    }
    if (running.size === 0)
      throw new Error(`The needs of these checks form a cycle: ${[...left.keys()].join(', ')}`);
    running.delete(await Promise.race(running.values()));
  }
}
