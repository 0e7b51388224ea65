import type { Result } from '../../judge/result.ts';
import { palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text-width.ts';
import { formatOutcome } from '../view/format-outcome.ts';

/** Width of the column of names, characters. */
const nameWidth = 11;

/** A fault beside what was seen of it. */
export interface ReproducedFault {
  /** `<fault>=<service>`. */
  name: string;
  title: string;
  blockers: readonly string[];
  recorded: string;
  cause: string;
  fix: string;
  /** Whether the fault took hold, and what was seen; undefined when the platform did not boot. */
  bite: { bit: boolean; seen: string } | undefined;
  symptom: { where: string; text: string } | undefined;
}

/** A run under known faults, beside what they declare. */
export interface ReproductionView {
  /** At least one. */
  faults: readonly ReproducedFault[];
  /** Ids of the checks that must fail, and of those that must pass. */
  red: readonly string[];
  green: readonly string[];
  /** `caught`, or what was not as declared. */
  state: string;
  explanation: string;
  result: Result;
  /** The same checks after the faults were lifted; undefined if they were not. */
  healed: Result | undefined;
  runDir: string;
}

/** What faults look like, beside what was recorded of them, what the checks say, and how to fix them. */
export function reproductionReport(view: ReproductionView, terminal: Terminal): string {
  const { faults, result, healed, runDir } = view;
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
  const faultLines = ({ bite, symptom, ...fault }: ReproducedFault) => [
    '',
    paint.strong(printable(`${fault.name}  ${fault.title}`)),
    ...row('Blockers', fault.blockers.join(', ') || 'none recorded'),
    ...row('Recorded', fault.recorded),
    ...row('Seen now', symptom ? `${symptom.where}: ${symptom.text}` : 'nothing of it'),
    ...row('Took hold', bite ? `${bite.bit ? 'yes' : 'no'}: ${bite.seen}` : 'no: the platform did not boot'),
    ...row('Cause', fault.cause),
    ...row('Fix', fault.fix),
  ];
  const verdict = view.state === 'caught' ? 'Reproduced and caught.' : `Not as declared (${view.state}).`;
  const lines = [
    ...faults.flatMap(faultLines),
    '',
    'Checks that must fail',
    ...view.red.flatMap(checked),
    'Checks that must pass',
    ...view.green.flatMap(checked),
    '',
    ...firstCauses(result, faults.length).flatMap((text, index) =>
      row(index === 0 ? 'First cause' : 'Next cause', text),
    ),
    ...(healed ? row('Healed', healedText(healed)) : []),
    '',
    ...row('Report', `${runDir}/report.html`),
    ...row('Logs', `${runDir}/logs`),
    '',
    `${paint.strong(verdict)} ${printable(view.explanation)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The first root causes that the run names, as many as there are faults. */
function firstCauses({ blockers }: Result, count: number): string[] {
  const named = blockers.slice(0, count).map(({ title, root }) => `${title} (${root})`);
  return named.length > 0 ? named : ['none'];
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
