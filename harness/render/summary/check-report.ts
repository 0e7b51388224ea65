import { describeCriterion, describeValue } from '../../judge/describe-criterion.ts';
import type { CheckResult, Result } from '../../judge/result.ts';
import { palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text-width.ts';
import { formatDuration } from '../view/format-duration.ts';
import { formatOutcome } from '../view/format-outcome.ts';

/** Most log lines shown; all of them are in the run folder. */
const maxLogLines = 12;

/** One check after `check <id>`: what was expected, what was seen, where the evidence is, how to mend it. */
export function checkReport(
  result: Result,
  check: CheckResult,
  options: { terminal: Terminal; runDir: string },
): string {
  const paint = palette(options.terminal.colour);
  const width = Math.min(options.terminal.columns, 110) - 2;
  const lines = [
    `${paint.strong(formatOutcome(check.outcome))}  ${check.id}  ${paint.faint(formatDuration(check.durationMs))}`,
    ...wrap(printable(check.explanation), width).map((line) => `  ${line}`),
    '',
    ...check.findings.map(
      ({ name, criterion, observed, met }) =>
        `  ${met ? '✓' : '✗'} ${name}: ${observed === undefined ? 'nothing observed' : printable(describeValue(observed))}` +
        (met ? '' : `; must be ${describeCriterion(criterion)}`),
    ),
    ...needed(result, check),
    ...check.logs.slice(-maxLogLines).map(({ service, text }) => `  ${service}: ${printable(text)}`),
    ...(check.outcome === 'pass'
      ? []
      : [
          '',
          ...wrap(`Mend (${check.remediation.effort}): ${check.remediation.text}`, width).map(
            (line) => `  ${line}`,
          ),
        ]),
    '',
    `  Evidence: ${check.evidence.length > 0 ? `${options.runDir}/evidence/${check.id}` : 'none was kept'}`,
    `  Logs:     ${options.runDir}/logs`,
    '  This is one check, not a verdict.',
  ];
  return `${lines.join('\n')}\n`;
}

/** The root cause, when something that this check needs stands in its way. */
function needed(result: Result, check: CheckResult): string[] {
  const root = result.checks.find(({ id }) => id === check.blockedBy);
  return root ? [`  Blocked by ${root.id}: ${printable(root.explanation)}`] : [];
}
