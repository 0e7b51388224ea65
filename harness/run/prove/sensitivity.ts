import { type FaultResult, isWrong } from './fault-result.ts';

/** How sensitive the gate is: which fault turns which check red. */
export interface Sensitivity {
  schema: 'readiness.sensitivity/1';
  /** In the order of the faults, the platform without a fault first. */
  results: readonly FaultResult[];
  /** Faults that were caught as declared, of those that this machine could prove. */
  caught: number;
  proved: number;
  /** Faults without a result, because the proof was interrupted. */
  notRun: readonly string[];
  /** Checks that no fault turns red, sorted. Their own breaks may do so: `npm run prove:checks`. */
  neverRed: readonly string[];
  durationMs: number;
}

/** Sums the results up. @param options.checks ids of the checks that can forbid GO */
export function sensitivityOf(options: {
  faults: readonly string[];
  results: readonly FaultResult[];
  checks: readonly string[];
  durationMs: number;
}): Sensitivity {
  const byFault = new Map(options.results.map((result) => [result.fault, result]));
  const ordered = [undefined, ...options.faults].flatMap((fault) => byFault.get(fault) ?? []);
  const proved = ordered.filter(({ fault, state }) => fault !== undefined && state !== 'unproven');
  const red = new Set(
    ordered
      .filter(({ fault }) => fault !== undefined)
      .flatMap(({ outcomes }) => Object.keys(outcomes).filter((id) => outcomes[id] === 'fail')),
  );
  return {
    schema: 'readiness.sensitivity/1',
    results: ordered,
    caught: proved.filter(({ state }) => state === 'caught').length,
    proved: proved.length,
    notRun: options.faults.filter((fault) => !byFault.has(fault)),
    neverRed: options.checks.filter((id) => !red.has(id)).toSorted(),
    durationMs: options.durationMs,
  };
}

/** Whether every fault that was run was caught, and nothing was red without one. */
export function isSensitive({ results }: Sensitivity): boolean {
  return !results.some(isWrong);
}

/** The summary in one sentence. */
export function describeSensitivity({ caught, proved, results, notRun, durationMs }: Sensitivity): string {
  const unproven = results.filter(({ state }) => state === 'unproven').length;
  const share = proved === 0 ? 0 : Math.floor((100 * caught) / proved);
  return [
    `The gate catches ${share} % of ${proved} faults`,
    ...(unproven > 0 ? [`${unproven} cannot be proven here`] : []),
    ...(notRun.length > 0 ? [`${notRun.length} not run`] : []),
    `${Math.round(durationMs / 1000)} s`,
  ].join(', ');
}
