import { type FaultResult, isWrong } from './fault-result.ts';

/** A check of which it must be known that it can fail. */
export interface ProvenCheck {
  id: string;
  /** What turned it red: a fault of the platform, a break of its own, or nothing yet. */
  by: 'fault' | 'break' | 'nothing';
  /** The faults that turned it red, or the defect of its break; empty for nothing. */
  what: readonly string[];
}

/** How sensitive the gate is: which fault turns which check red. */
export interface Sensitivity {
  schema: 'readiness.sensitivity/2';
  /** When the proof ended, ISO 8601. */
  at: string;
  /** Digest of the sources that were proved. */
  sources: string;
  /** In the order of the faults, the platform without a fault first. */
  results: readonly FaultResult[];
  /** Faults that were caught as declared, of those that this machine could prove. */
  caught: number;
  proved: number;
  /** Faults without a result, because the proof was interrupted. */
  notRun: readonly string[];
  /** Every check that can forbid GO, sorted. */
  checks: readonly ProvenCheck[];
  durationMs: number;
}

/** A check that its own break turned red, as `npm run prove:checks` has stored it. */
export interface RedUnderBreak {
  check: string;
  defect: string;
}

/**
 * Sums the results up.
 * @param options.checks ids of the checks that can forbid GO
 * @param options.breaks what turned checks red by their own breaks, on the same sources
 */
export function sensitivityOf(options: {
  at: Date;
  sources: string;
  faults: readonly string[];
  results: readonly FaultResult[];
  checks: readonly string[];
  breaks: readonly RedUnderBreak[];
  durationMs: number;
}): Sensitivity {
  const byFault = new Map(options.results.map((result) => [result.fault, result]));
  const ordered = [undefined, ...options.faults].flatMap((fault) => byFault.get(fault) ?? []);
  const proved = ordered.filter(({ fault, state }) => fault !== undefined && state !== 'unproven');
  return {
    schema: 'readiness.sensitivity/2',
    at: options.at.toISOString(),
    sources: options.sources,
    results: ordered,
    caught: proved.filter(({ state }) => state === 'caught').length,
    proved: proved.length,
    notRun: options.faults.filter((fault) => !byFault.has(fault)),
    checks: provenChecks(options.checks, ordered, options.breaks),
    durationMs: options.durationMs,
  };
}

function provenChecks(
  checks: readonly string[],
  results: readonly FaultResult[],
  breaks: readonly RedUnderBreak[],
): ProvenCheck[] {
  const faultsOf = new Map<string, string[]>(checks.map((id) => [id, []]));
  for (const { fault, outcomes } of results)
    for (const [id, outcome] of Object.entries(outcomes))
      if (fault !== undefined && outcome === 'fail') faultsOf.get(id)?.push(fault);
  const breaksOf = Map.groupBy(breaks, ({ check }) => check);
  return checks.toSorted().map((id): ProvenCheck => {
    const faults = faultsOf.get(id) ?? [];
    if (faults.length > 0) return { id, by: 'fault', what: faults };
    const defects = (breaksOf.get(id) ?? []).map(({ defect }) => defect);
    return { id, by: defects.length > 0 ? 'break' : 'nothing', what: defects };
  });
}

/** Whether every fault that was run was caught, and nothing was red without one. */
export function isSensitive({ results }: Sensitivity): boolean {
  return !results.some(isWrong);
}

/** The share of faults that were caught, rounded down to whole percent. */
export function caughtPercent({ caught, proved }: Pick<Sensitivity, 'caught' | 'proved'>): number {
  return proved === 0 ? 0 : Math.floor((100 * caught) / proved);
}

/** The summary in two sentences. */
export function describeSensitivity(sensitivity: Sensitivity): string {
  const { proved, results, notRun, checks, durationMs } = sensitivity;
  const unproven = results.filter(({ state }) => state === 'unproven').length;
  const count = (by: ProvenCheck['by']) => checks.filter((check) => check.by === by).length;
  return [
    [
      `The gate catches ${caughtPercent(sensitivity)} % of ${proved} faults`,
      ...(unproven > 0 ? [`${unproven} cannot be proven here`] : []),
      ...(notRun.length > 0 ? [`${notRun.length} not run`] : []),
      `${Math.round(durationMs / 1000)} s`,
    ].join(', '),
    `Of ${checks.length} checks that can forbid GO, faults turned ${count('fault')} red, their own breaks ${count('break')}, and nothing yet ${count('nothing')}`,
  ].join('. ');
}
