import type { PlannedCheck } from '../../plan/plan.ts';
import { palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import { type Terminal, terminalOf } from '../terminal/terminal.ts';
import { displayWidth, pad, wrap } from '../terminal/text-width.ts';
import { criterionInWords } from '../view/criterion-in-words.ts';
import { durationInWords } from '../view/duration-in-words.ts';

const labelWidth = 12;

/** One planned check for `explain <id>`: what it asks, why, what follows from it, how to mend and repeat it. */
export function explainCheck(
  check: PlannedCheck,
  options: { reproduce: string; terminal?: Terminal },
): string {
  const { reproduce, terminal = terminalOf({}, {}) } = options;
  const paint = palette(terminal.colour);
  const width = Math.min(terminal.columns, 100);
  const row = (label: string, text: string) => {
    const lines = wrap(printable(text), width - labelWidth);
    return lines.map((line, index) => pad(index === 0 ? label : '', labelWidth) + line);
  };
  const rows = (label: string, texts: readonly string[]) =>
    texts.flatMap((text, index) => row(index === 0 ? label : '', text));
  const expectations = Object.entries(check.expects).map(
    ([name, criterion]) => `${name} must be ${criterionInWords(criterion)}`,
  );
  const paragraphs = [
    [paint.strong(printable(check.title)), paint.faint(check.id)],
    row('Why', check.why),
    rows('Expects', expectations.length > 0 ? expectations : ['nothing, so it can never pass']),
    [
      ...row('Counts', `${check.category}, weight ${check.weight} within it, severity ${check.severity}`),
      ...rows('Feeds', check.conditions),
      ...rows('Needs', check.needs),
      ...rows('Requires', check.requires),
      ...rows('Services', check.services.length > 0 ? [check.services.join(', ')] : []),
      ...row('Limit', `${durationInWords(check.timeoutMs)}`),
      ...rows('Deselected', check.deselected === undefined ? [] : [check.deselected]),
    ],
    row('Mend', `${check.remediation.text} (${check.remediation.effort})`),
    [pad('Repeat', labelWidth) + paint.code(printable(reproduce))],
  ];
  return `${paragraphs.map((lines) => lines.filter((line) => displayWidth(line) > 0).join('\n')).join('\n\n')}\n`;
}
