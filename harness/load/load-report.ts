import { describeCriterion, describeValue } from '../judge/describe-criterion.ts';
import { palette } from '../render/terminal/palette.ts';
import { printable } from '../render/terminal/printable.ts';
import type { Terminal } from '../render/terminal/terminal.ts';
import { formatOutcome } from '../render/view/format-outcome.ts';
import type { LoadResult } from './judge-load.ts';

/** The result of `load merge` for the terminal. */
export function loadReport(result: LoadResult, options: { terminal: Terminal; folder: string }): string {
  const paint = palette(options.terminal.colour);
  const { settings, runners, parallelism } = result;
  const lines = [
    `${paint.strong(formatOutcome(result.outcome))}  ${result.check}  ${paint.faint(result.runId)}`,
    `  ${settings.rate} iterations per second for ${settings.durationS} s (profile ${printable(settings.profile)}), ${runners.length} of ${parallelism} runners`,
    ...(result.outcome === 'pass' ? [] : [`  ${printable(result.explanation)}`]),
    '',
    ...result.findings.map(
      ({ name, criterion, observed, met }) =>
        `  ${met ? '✓' : '✗'} ${name}: ${observed === undefined ? 'nothing observed' : printable(describeValue(observed))}` +
        (met ? '' : `; must be ${describeCriterion(criterion)}`),
    ),
    '',
    ...requestTable(result),
    '',
    ...runners.map(
      ({ index, segment, iterations, dropped, startedAt, file }) =>
        `  runner ${index} of ${parallelism} (${segment}): ${iterations} iterations, ${dropped} dropped, started ${startedAt ?? 'never'}, ${printable(file)}`,
    ),
    '',
    '  Not measured, because the reports of runners cannot show it:',
    ...result.unmeasured.map((sentence) => `  - ${sentence}`),
    '',
    `  Times are rounded up to the bound of their bucket, at most 5 %. Limits are bounds, so the verdict is exact.`,
    `  Evidence: ${options.folder}`,
    `  Script:   ${result.digest}`,
  ];
  return `${lines.join('\n')}\n`;
}

function requestTable({ requests }: LoadResult): string[] {
  const ms = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(1));
  const rows = [
    ['request', 'expected', 'unexpected', 'no response', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    ...requests.map(({ request, expected, unexpected, none, p50Ms, p95Ms, p99Ms }) => [
      printable(request),
      String(expected.count),
      String(unexpected.count),
      String(none.count),
      ms(p50Ms),
      ms(p95Ms),
      ms(p99Ms),
      ms(expected.count === 0 ? undefined : expected.maxMs),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`,
  );
}
