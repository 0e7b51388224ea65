import { reproduceCommand } from '../../judge/blockers.ts';
import { describeCriterion } from '../../judge/describe-criterion.ts';
import type { PlannedCheck } from '../../plan/plan.ts';
import { palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import { type Terminal, terminalOf } from '../terminal/terminal.ts';
import { pad, wrap } from '../terminal/text-width.ts';
import { checkSection } from '../view/checks-document.ts';
import { formatDuration } from '../view/format-duration.ts';

const labelWidth = 12;

/** One planned check for `explain <id>`: what it expects and why, how it counts, how to fix and rerun it. */
export function explainCheck(check: PlannedCheck, terminal: Terminal = terminalOf({}, {})): string {
  const paint = palette(terminal.colour);
  const width = Math.min(terminal.columns, 100);
  const rows = (label: string, ...texts: readonly string[]) =>
    texts
      .flatMap((text) => wrap(printable(text), width - labelWidth))
      .map((line, index) => pad(index === 0 ? label : '', labelWidth) + line);
  const expectations = Object.entries(check.expects).map(
    ([name, criterion]) => `${name} must be ${describeCriterion(criterion)}`,
  );
  const paragraphs = [
    [paint.strong(printable(check.title)), paint.faint(check.id)],
    [...rows('Why', check.why), ...(check.failureTitle ? rows('If it fails', check.failureTitle) : [])],
    rows('Expects', ...(expectations.length > 0 ? expectations : ['nothing, so it can never pass'])),
    [
      ...rows('Category', `${check.category}, weight ${check.weight}, severity ${check.severity}`),
      ...rows('Conditions', ...check.conditions),
      ...rows('Standards', ...(check.standards ? [check.standards.join(', ')] : [])),
      ...rows('Needs', ...check.needs),
      ...rows('Requires', ...check.requires),
      ...rows('Services', ...(check.services.length > 0 ? [check.services.join(', ')] : [])),
      ...rows('Time limit', formatDuration(check.timeoutMs)),
    ],
    rows('How to fix', `${check.remediation.text} (${check.remediation.effort})`),
    [
      pad('Docs', labelWidth) + paint.code(checkSection(check.id)),
      pad('Run', labelWidth) + paint.code(reproduceCommand(check.id)),
    ],
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
