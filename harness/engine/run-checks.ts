import type { EvidenceStore } from '../evidence/evidence-store.ts';
import type { Attempt, CheckFacts, LogLine, Shortfall } from '../evidence/facts.ts';
import type { Capability, Plan, PlannedCheck } from '../plan/plan.ts';
import { type AttemptOptions, attemptCheck } from './attempt-check.ts';
import type { CheckDefinition } from './check.ts';

export interface RunChecksOptions {
  plan: Plan;
  definitions: readonly CheckDefinition[];
  capabilities: ReadonlySet<Capability>;
  /** How to obtain a capability that is missing, for the report. */
  capabilityHint(capability: Capability): string | undefined;
  instruments: AttemptOptions['instruments'];
  evidence: EvidenceStore;
  logs(sinceMs: number, traceIds: readonly string[]): readonly LogLine[];
  /** Whether a need is met by these facts; the judge's own rule, passed in. */
  passed(check: PlannedCheck, facts: CheckFacts): boolean;
  signal: AbortSignal;
  /** Most shared checks at the same time, at least 1. */
  concurrency: number;
  now(): number;
  onStart?(check: PlannedCheck): void;
  onFinish?(check: PlannedCheck, facts: CheckFacts): void;
}

/**
 * Deals with every planned check: shared ones concurrently as soon as their needs have been dealt with,
 * exclusive ones afterwards and alone. Every planned check has facts in the answer, in plan order, even
 * when it was not looked at; then the facts say why.
 */
export async function runChecks(options: RunChecksOptions): Promise<CheckFacts[]> {
  const definitions = new Map(options.definitions.map((definition) => [definition.id, definition]));
  const planned = new Map(options.plan.checks.map((check) => [check.id, check]));
  const done = new Map<string, { facts: CheckFacts; passed: boolean }>();

  const settle = async (check: PlannedCheck): Promise<void> => {
    const unmet = check.needs.filter((need) => !done.get(need)?.passed);
    const isUnequipped = (need: string): boolean =>
      done.get(need)?.facts.attempts.every(({ shortfall }) => shortfall?.kind === 'missing-capability') ??
      false;
    const shortfall = reasonNotToLook(check, {
      failed: unmet.find((need) => !isUnequipped(need)),
      unmet: unmet[0],
      options,
    });
    const definition = definitions.get(check.id);
    let attempt: Attempt;
    if (shortfall || !definition) {
      attempt = withoutLooking(shortfall ?? { kind: 'threw', message: 'No definition for this check.' });
    } else {
      options.onStart?.(check);
      attempt = await attemptCheck({
        definition,
        timeoutMs: check.timeoutMs,
        signal: options.signal,
        instruments: options.instruments,
        evidence: options.evidence.forCheck(check.id),
        logs: options.logs,
        now: options.now,
      });
    }
    const passed =
      attempt.shortfall === undefined && options.passed(check, { check: check.id, attempts: [attempt] });
    // The report needs the services' words only where something went wrong.
    const facts = { check: check.id, attempts: [passed ? { ...attempt, logs: [] } : attempt] };
    done.set(check.id, { facts, passed });
    options.onFinish?.(check, facts);
  };

  const isExclusive = (check: PlannedCheck): boolean => definitions.get(check.id)?.isolation === 'exclusive';
  const shared = options.plan.checks.filter((check) => !isExclusive(check));
  refuseNeedsOfLaterChecks(shared);
  const exclusive = options.plan.checks.filter(isExclusive);
  for (const [checks, concurrency] of [
    [shared, Math.max(1, options.concurrency)],
    [exclusive, 1],
  ] as const) {
    await inOrderOfNeeds(checks, concurrency, settle);
  }
  return [...planned.keys()].map((id) => done.get(id)?.facts ?? { check: id, attempts: [] });
}

/** Exclusive checks run last, so nothing shared may wait for one. @throws Error naming the two checks. */
function refuseNeedsOfLaterChecks(shared: readonly PlannedCheck[]): void {
  const ids = new Set(shared.map(({ id }) => id));
  for (const { id, needs } of shared) {
    const later = needs.find((need) => !ids.has(need));
    if (later) throw new Error(`${id} needs ${later}, which runs alone after it: make ${id} exclusive too.`);
  }
}

/**
 * What failed goes before what this machine lacks: a check that hangs on a failure is blocked by it, with tools or
 * without. A need that only lacked its tool is no failure; then the missing tool is the better reason.
 */
function reasonNotToLook(
  check: PlannedCheck,
  state: { failed: string | undefined; unmet: string | undefined; options: RunChecksOptions },
): Shortfall | undefined {
  const { failed, unmet, options } = state;
  if (check.deselected) return { kind: 'deselected', message: check.deselected };
  if (options.signal.aborted)
    return { kind: 'interrupted', message: 'The run was interrupted before this check.' };
  if (failed) return needNotMet(failed);
  const missing = check.requires.find((capability) => !options.capabilities.has(capability));
  if (missing) {
    const hint = options.capabilityHint(missing);
    return {
      kind: 'missing-capability',
      message: `Needs ${missing}, which is not there.`,
      ...(hint ? { hint } : {}),
    };
  }
  return unmet ? needNotMet(unmet) : undefined;
}

function needNotMet(by: string): Shortfall {
  return { kind: 'needs-not-met', message: `Needs ${by}, which did not pass.`, by };
}

function withoutLooking(shortfall: Shortfall): Attempt {
  return { durationMs: 0, observed: {}, shortfall, evidence: [], logs: [] };
}

/** Runs each check once all of its needs within the list are settled, at most `concurrency` at a time. */
async function inOrderOfNeeds(
  checks: readonly PlannedCheck[],
  concurrency: number,
  settle: (check: PlannedCheck) => Promise<void>,
): Promise<void> {
  const waiting = new Map(checks.map((check) => [check.id, check]));
  const running = new Map<string, Promise<string>>();
  while (waiting.size > 0 || running.size > 0) {
    for (const check of waiting.values()) {
      if (running.size >= concurrency) break;
      if (check.needs.some((need) => waiting.has(need) || running.has(need))) continue;
      waiting.delete(check.id);
      running.set(
        check.id,
        settle(check).then(() => check.id),
      );
    }
    if (running.size === 0) {
      throw new Error(`Checks need each other in a circle: ${[...waiting.keys()].join(', ')}`);
    }
    running.delete(await Promise.race(running.values()));
  }
}
