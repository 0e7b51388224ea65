import { describeCriterion, describeValue } from '../../judge/describe-criterion.ts';
import type { CheckResult, Result } from '../../judge/result.ts';
import { titleOf } from '../../judge/title-of.ts';
import { palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text-width.ts';
import { checkSection } from '../view/checks-document.ts';
import { formatDuration } from '../view/format-duration.ts';
import { formatOutcome } from '../view/format-outcome.ts';

/** Maximum number of log lines shown. The run folder has all of them. */
const maxLogLines = 12;

/** One check after `check <id>`: expected and observed values, where the evidence is, how to fix a failure. */
export function checkReport(
  result: Result,
  check: CheckResult,
  options: { terminal: Terminal; runDir: string },
): string {
  const paint = palette(options.terminal.colour);
  const width = Math.min(options.terminal.columns, 110) - 2;
  const paragraph = (text: string) => wrap(printable(text), width).map((line) => `  ${line}`);
  const root = result.checks.find(({ id }) => id === check.blockedBy);
  const { effort, text } = check.remediation;
  const lines = [
    `${paint.strong(formatOutcome(check.outcome))}  ${check.id}  ${paint.faint(formatDuration(check.durationMs))}`,
    ...(check.outcome === 'fail' ? paragraph(titleOf(check)) : []),
    ...paragraph(check.explanation),
    '',
    ...check.findings.map(
      ({ name, criterion, observed, met }) =>
        `  ${met ? '✓' : '✗'} ${name}: ${observed === undefined ? 'nothing observed' : printable(describeValue(observed))}` +
        (met ? '' : `; must be ${describeCriterion(criterion)}`),
    ),
    ...(root ? [`  Blocked by ${root.id}: ${printable(root.explanation)}`] : []),
    ...check.logs.slice(-maxLogLines).map((line) => `  ${line.service}: ${printable(line.text)}`),
    ...(check.outcome === 'pass' ? [] : ['', ...paragraph(`How to fix (${effort}): ${text}`)]),
    '',
    `  Evidence: ${check.evidence.length > 0 ? `${options.runDir}/evidence/${check.id}` : 'none'}`,
    `  Logs:     ${options.runDir}/logs`,
    `  Docs:     ${checkSection(check.id)}`,
    '  This is the result of one check, not a verdict.',
  ];
  return `${lines.join('\n')}\n`;
}
