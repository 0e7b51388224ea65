import { formatShare } from '../../judge/format.ts';
import type { CheckResult, Result } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';
import type { Severity } from '../../plan/outcome.ts';
import { standardParts } from '../../plan/standards/catalogue.ts';

const weights: Readonly<Record<Severity, number>> = { blocker: 8, high: 4, medium: 2, low: 1 };

/**
 * Each chapter of the ASVS and each risk of the API Top 10 that a check measures: passed / (passed + failed + unknown),
 * weighted by severity, and how many of its requirements have a check at all.
 */
export function standardsView({ checks }: Pick<Result, 'checks'>) {
  return standardParts.flatMap(({ id, title, requirements }) => {
    const own = checks.filter((check) => check.standards?.some((each) => requirements.includes(each)));
    const counted = own.filter((check) => standingOf(check) !== 'excluded');
    if (counted.length === 0) return [];
    const measured = requirements.filter((each) => own.some(({ standards }) => standards?.includes(each)));
    const compliance = { num: weightOf(counted.filter(passes)), den: weightOf(counted) };
    return [
      {
        id,
        title,
        compliance: formatShare(compliance),
        passed: `${counted.filter(passes).length} of ${counted.length}`,
        measured: `${measured.length} of ${requirements.length}`,
      },
    ];
  });
}

const passes = (check: CheckResult): boolean => standingOf(check) === 'passes';

function weightOf(checks: readonly CheckResult[]): number {
  return checks.reduce((sum, { severity }) => sum + weights[severity], 0);
}
