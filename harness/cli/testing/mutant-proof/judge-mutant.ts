import type { Mutant } from '../../../../scenarios/mutants/mutant.ts';
import type { CheckResult, Result } from '../../../judge/result.ts';
import { standingOf } from '../../../judge/standing.ts';
import type { MutantResult } from './mutant-result.ts';

type Judged = Pick<MutantResult, 'state' | 'seen' | 'failed'>;

/** Judges the result of a run on a mutant: it must be NO-GO because of the mutant, and name it first. */
export function judgeMutant(mutant: Mutant, result: Result): Judged {
  const failed = failedChecks(result);
  const [first] = result.blockers;
  const seen = `${result.verdict.decidedBy[0]} First root cause: ${first ? `${first.title} (${first.root}): ${first.cause}` : 'none'}`;
  const of = (id: string) => result.checks.find((check) => check.id === id);
  const lacking = mutant.caughtBy
    .map(of)
    .find((check) => check?.outcome === 'unmeasured' && check.shortfall?.kind === 'missing-capability');
  if (lacking) return { state: 'unproven', seen: `${lacking.id}: ${lacking.explanation}`, failed };
  if (result.verdict.basis === 'harness-failed' || result.checks.some(({ outcome }) => outcome === 'error'))
    return { state: 'harness-failure', seen: harnessFailure(result), failed };
  if (result.verdict.basis !== 'violated' || !first) return { state: 'survived', seen, failed };
  const green = mutant.caughtBy.filter((id) => {
    const check = of(id);
    return check === undefined || standingOf(check) !== 'fails';
  });
  if (!isDeclared(mutant, first.title, of)) return { state: 'other-cause', seen, failed };
  if (green.length > 0) return { state: 'missed', seen: `${green.join(', ')} did not fail. ${seen}`, failed };
  return { state: 'caught', seen, failed };
}

/** Judges the run of the same checks on the unbroken platform. Checks that this machine cannot measure do not count. */
export function judgeUnbroken(result: Result): Judged {
  const failed = failedChecks(result);
  const wrong = result.checks.filter(({ outcome }) => ['fail', 'blocked', 'error'].includes(outcome));
  if (result.harnessErrors.length > 0)
    return { state: 'harness-failure', seen: harnessFailure(result), failed };
  if (wrong.length > 0)
    return {
      state: 'red-without-mutant',
      seen: wrong.map(({ id, explanation }) => `${id}: ${explanation}`).join(' '),
      failed,
    };
  const passed = result.checks.filter(({ outcome }) => outcome === 'pass').length;
  return { state: 'green', seen: `${passed} checks pass.`, failed };
}

function isDeclared(
  { caughtBy, rootCause }: Mutant,
  title: string,
  of: (id: string) => CheckResult | undefined,
): boolean {
  if (rootCause instanceof RegExp) return rootCause.test(title);
  const check = of(caughtBy[0] ?? '');
  return title === (rootCause ?? check?.failureTitle ?? `Fails: ${check?.title}`);
}

function failedChecks({ checks }: Result): string[] {
  return checks
    .filter(({ outcome }) => outcome === 'fail')
    .map(({ id }) => id)
    .toSorted();
}

function harnessFailure({ harnessErrors, checks }: Result): string {
  const errors = checks.filter(({ outcome }) => outcome === 'error');
  return [...harnessErrors, ...errors.map(({ id, explanation }) => `${id}: ${explanation}`)].join(' ');
}
