import type { EvidenceStore } from '../evidence/evidence-store.ts';
import type { CheckFacts, LogLine, Shortfall } from '../evidence/facts.ts';
import type { Capability, Plan, PlannedCheck } from '../plan/plan.ts';
import type { CheckDefinition } from './check.ts';
import { inOrderOfNeeds, mostUrgentFirst, type Places } from './check-order.ts';
import { MissingCapability } from './failures/missing-capability.ts';
import type { GivenAccounts } from './instruments/http/given-accounts.ts';
import { type RunCheckOptions, runCheck } from './run-check.ts';

export interface RunChecksOptions {
  plan: Plan;
  definitions: readonly CheckDefinition[];
  capabilities: ReadonlySet<Capability>;
  /** How to get a missing capability, for the report. */
  capabilityHint(capability: Capability): string | undefined;
  instruments: RunCheckOptions['instruments'];
  evidence: EvidenceStore;
  logs(sinceMs: number, traceIds: readonly string[]): readonly LogLine[];
  /** Whether these facts meet a need; the judge's own rule, passed in. */
  passed(check: PlannedCheck, facts: CheckFacts): boolean;
  signal: AbortSignal;
  /**
   * Whether checks run although a check that they need was not measured here. On a deployed target, which lacks parts
   * for good; elsewhere a missing tool must not hide the order of failures. Default false.
   */
  ignoreUnmeasuredNeeds?: boolean;
  /** Accounts of a target without registration: a check that declares `users` waits for as many. */
  givenAccounts?: Pick<GivenAccounts, 'count' | 'problems' | 'reserve' | 'release'>;
  /**
   * Maximum number of shared checks at the same time, at least 1. Beside them run up to four times as many that mostly
   * wait, unless it is 1.
   */
  concurrency: number;
  now(): number;
  onStart?(check: PlannedCheck): void;
  onFinish?(check: PlannedCheck, facts: CheckFacts): void;
}

/** Checks that mostly wait, for each one that works. */
const waitingPerWorking = 4;

/**
 * Runs the planned checks: shared ones concurrently as soon as their needs are settled, then exclusive ones alone, then drills.
 * Returns facts for every planned check, in plan order; facts of a check that did not run say why.
 */
export async function runChecks(options: RunChecksOptions): Promise<CheckFacts[]> {
  const definitions = new Map(options.definitions.map((definition) => [definition.id, definition]));
  const settled = new Map<string, { facts: CheckFacts; passed: boolean }>();

  const settle = async (check: PlannedCheck): Promise<void> => {
    const unmet = check.needs.filter((need) => !settled.get(need)?.passed);
    const lacksCapability = (need: string): boolean => {
      const kind = settled.get(need)?.facts.shortfall?.kind;
      return (
        kind === 'missing-capability' || (options.ignoreUnmeasuredNeeds === true && kind === 'deselected')
      );
    };
    const shortfall = reasonToSkip(check, {
      users: definitions.get(check.id)?.users,
      failed: unmet.find((need) => !lacksCapability(need)),
      unmet: options.ignoreUnmeasuredNeeds ? undefined : unmet[0],
      options,
    });
    const definition = definitions.get(check.id);
    let facts: CheckFacts;
    if (shortfall || !definition) {
      facts = withoutRunning(check, shortfall ?? { kind: 'threw', message: 'No definition for this check.' });
    } else {
      options.onStart?.(check);
      facts = await runCheck({
        definition,
        timeoutMs: check.timeoutMs,
        signal: options.signal,
        instruments: options.instruments,
        evidence: options.evidence.forCheck(check.id),
        logs: options.logs,
        now: options.now,
      });
    }
    const passed = facts.shortfall === undefined && options.passed(check, facts);
    // The report needs log lines only where something went wrong.
    if (passed) facts = { ...facts, logs: [] };
    settled.set(check.id, { facts, passed });
    options.onFinish?.(check, facts);
  };

  const accounts = options.givenAccounts;
  const demand = ({ id }: PlannedCheck): number => (accounts && definitions.get(id)?.users) ?? 0;
  const mayStart = ({ id }: PlannedCheck): boolean => {
    const users = definitions.get(id)?.users;
    // A check that needs more accounts than there are is skipped, so it need not wait.
    return !accounts || users === undefined || users > accounts.count || accounts.reserve(id, users);
  };
  const settleAndRelease = async (check: PlannedCheck): Promise<void> => {
    try {
      await settle(check);
    } finally {
      accounts?.release(check.id);
    }
  };
  const timing = (id: string) => definitions.get(id);
  const order = { timing, demand, mayStart, settle: settleAndRelease };
  const isolated = (check: PlannedCheck) => definitions.get(check.id)?.isolation ?? 'shared';
  const shared = options.plan.checks.filter((check) => isolated(check) === 'shared');
  rejectNeedsOfExclusiveChecks(shared);
  await inOrderOfNeeds(mostUrgentFirst(shared, timing), { places: placesFor(options.concurrency), ...order });
  for (const isolation of ['exclusive', 'drill', 'final-drill'])
    await inOrderOfNeeds(
      options.plan.checks.filter((check) => isolated(check) === isolation),
      { places: { working: 1, waiting: 0 }, ...order },
    );
  return options.plan.checks.flatMap(({ id }) => settled.get(id)?.facts ?? []);
}

/** Places of shared checks. One that waits for another program or a limit leaves the processor to others. */
function placesFor(concurrency: number): Places {
  const working = Math.max(1, concurrency);
  return { working, waiting: working === 1 ? 0 : working * waitingPerWorking };
}

/** Exclusive checks run last, so no shared check may need one. @throws Error that names the two checks. */
function rejectNeedsOfExclusiveChecks(shared: readonly PlannedCheck[]): void {
  const ids = new Set(shared.map(({ id }) => id));
  for (const { id, needs } of shared) {
    const later = needs.find((need) => !ids.has(need));
    if (later) throw new Error(`${id} needs ${later}, which runs alone after it: make ${id} exclusive too.`);
  }
}

/**
 * A failed need comes before a missing capability: the check is blocked by the failure, with the tool or without.
 * A need that only lacked its tool did not fail; then the check's own missing tool is the better reason.
 */
function reasonToSkip(
  check: PlannedCheck,
  state: {
    failed: string | undefined;
    unmet: string | undefined;
    users: number | undefined;
    options: RunChecksOptions;
  },
): Shortfall | undefined {
  const { failed, unmet, options } = state;
  if (check.deselected) return { kind: 'deselected', message: check.deselected };
  if (options.signal.aborted)
    return { kind: 'interrupted', message: 'The run was interrupted before this check.' };
  if (failed) return needNotMet(failed);
  const { givenAccounts } = options;
  if (givenAccounts && state.users !== undefined && state.users > givenAccounts.count)
    return tooFewAccounts(state.users, givenAccounts).toShortfall();
  const missing = check.requires.find((capability) => !options.capabilities.has(capability));
  if (missing) return new MissingCapability(missing, options.capabilityHint(missing)).toShortfall();
  return unmet ? needNotMet(unmet) : undefined;
}

function tooFewAccounts(
  users: number,
  { count, problems }: Pick<GivenAccounts, 'count' | 'problems'>,
): MissingCapability {
  const needed = `The check needs ${users} accounts of different tenants in accounts.given of the target file`;
  return new MissingCapability('accounts', [`${needed}; ${count} can be used.`, ...problems].join(' '));
}

function needNotMet(by: string): Shortfall {
  return { kind: 'needs-not-met', message: `Needs ${by}, which did not pass.`, by };
}

function withoutRunning({ id }: PlannedCheck, shortfall: Shortfall): CheckFacts {
  return { check: id, durationMs: 0, observed: {}, shortfall, evidence: [], logs: [] };
}
