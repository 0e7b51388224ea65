import type { Result } from '../../judge/result.ts';
import { palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text-width.ts';
import { formatOutcome } from '../view/format-outcome.ts';

/** Width of the column of names, characters. */
const nameWidth = 11;

/** A run under a known fault, beside what the fault declares. */
export interface ReproductionView {
  /** `<fault>=<service>`. */
  name: string;
  title: string;
  blockers: readonly string[];
  recorded: string;
  cause: string;
  fix: string;
  /** Ids of the checks that must fail, and of those that must pass. */
  red: readonly string[];
  green: readonly string[];
  /** Whether the fault took hold, and what was seen; undefined when the platform did not boot. */
  bite: { bit: boolean; seen: string } | undefined;
  symptom: { where: string; text: string } | undefined;
  /** `caught`, or what was not as declared. */
  state: string;
  explanation: string;
  result: Result;
  /** The same checks after the fault was lifted; undefined if it was not. */
  healed: Result | undefined;
  runDir: string;
}

/** What a fault looks like, beside what was recorded of it, what the checks say, and how to fix it. */
export function reproductionReport(view: ReproductionView, terminal: Terminal): string {
  const { bite, symptom, result, healed, runDir } = view;
  const paint = palette(terminal.colour);
  const width = Math.min(terminal.columns, 110) - nameWidth - 3;
  const row = (name: string, text: string) =>
    wrap(printable(text), width).map(
      (line, index) => `  ${(index === 0 ? name : '').padEnd(nameWidth)} ${line}`,
    );
  const checked = (id: string) => {
    const check = result.checks.find((one) => one.id === id);
    return row(formatOutcome(check?.outcome ?? 'unmeasured'), `${id}: ${check?.explanation ?? 'not run'}`);
  };
  const [first] = result.blockers;
  const verdict = view.state === 'caught' ? 'Reproduced and caught.' : `Not as declared (${view.state}).`;
  const lines = [
    '',
    paint.strong(printable(`${view.name}  ${view.title}`)),
    ...row('Blockers', view.blockers.join(', ') || 'none recorded'),
    ...row('Recorded', view.recorded),
    ...row('Seen now', symptom ? `${symptom.where}: ${symptom.text}` : 'nothing of it'),
    ...row('Took hold', bite ? `${bite.bit ? 'yes' : 'no'}: ${bite.seen}` : 'no: the platform did not boot'),
    '',
    'Checks that must fail',
    ...view.red.flatMap(checked),
    'Checks that must pass',
    ...view.green.flatMap(checked),
    '',
    ...row('First cause', first ? `${first.title} (${first.root})` : 'none'),
    ...row('Cause', view.cause),
    ...row('Fix', view.fix),
    ...(healed ? row('Healed', healedText(healed)) : []),
    '',
    ...row('Report', `${runDir}/report.html`),
    ...row('Logs', `${runDir}/logs`),
    '',
    `${paint.strong(verdict)} ${printable(view.explanation)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether everything that was run is green. */
export function isHealed({ checks, harnessErrors }: Result): boolean {
  return (
    harnessErrors.length === 0 &&
    checks.every(({ outcome, shortfall }) => outcome === 'pass' || shortfall?.kind === 'deselected')
  );
}

function healedText(healed: Result): string {
  const run = healed.checks.filter(({ shortfall }) => shortfall?.kind !== 'deselected');
  const red = run.filter(({ outcome }) => outcome !== 'pass');
  if (red.length === 0 && healed.harnessErrors.length === 0) return `yes: all ${run.length} checks pass.`;
  return `no: ${[...healed.harnessErrors, ...red.map(({ id, explanation }) => `${id}: ${explanation}`)].join(' ')}`;
}
