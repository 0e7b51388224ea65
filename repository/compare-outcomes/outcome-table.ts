import type { Result } from '../../harness/judge/result.ts';
import { Outcome } from '../../harness/plan/outcome.ts';
import { markdownTable } from '../markdown-table.ts';
import type { ComparedCheck } from './compare-outcomes.ts';

/**
 * The comparison as Markdown: figures by run, then every check whose outcome is not `pass` in all runs, or with `all`
 * every check. Checks that differ without a declared reason are marked with `≠`.
 */
export function outcomeTable(
  results: readonly Result[],
  checks: readonly ComparedCheck[],
  options: { all: boolean },
): string {
  const names = results.map(({ runtime, run }) => `${runtime} (${run.runId})`);
  const count = (result: Result, outcome: Outcome): string =>
    String(result.checks.filter((check) => check.outcome === outcome).length);
  const figures = markdownTable(
    ['', ...names],
    [
      ['verdict', ...results.map(({ verdict }) => verdict.decision)],
      ['checks', ...results.map((result) => String(result.checks.length))],
      ...Outcome.options
        .map((outcome) => [outcome, ...results.map((result) => count(result, outcome))])
        .filter((row) => row.slice(1).some((cell) => cell !== '0')),
    ],
  );
  const shown = checks.filter(
    ({ comparison, outcomes }) =>
      options.all || comparison !== 'same' || outcomes.some((outcome) => outcome !== 'pass'),
  );
  const rows = shown.map(({ id, outcomes, comparison }) => [
    `${comparison === 'difference' ? '≠ ' : ''}${id}`,
    ...outcomes,
  ]);
  const differences = checks.filter(({ comparison }) => comparison === 'difference').length;
  const ending =
    differences === 0
      ? `${checks.length} checks have the same outcome in every run, except for capabilities that a runtime lacks.`
      : `${differences} of ${checks.length} checks have different outcomes (≠) without a capability that explains it.`;
  return [figures, ...(rows.length > 0 ? [markdownTable(['check', ...names], rows)] : []), ending].join(
    '\n\n',
  );
}
