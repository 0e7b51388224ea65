import type { Plan, PlannedCheck } from '../../plan/plan.ts';
import { type Palette, palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import { table } from '../terminal/table.ts';
import { type Terminal, terminalOf } from '../terminal/terminal.ts';
import { columns } from '../view/columns.ts';

/**
 * The tables of `plan`: one per category, with the weight, severity and needs of each check. Deselected checks
 * are listed too, because they count in the denominator.
 */
export function planTable(plan: Plan, terminal: Terminal = terminalOf({}, {})): string {
  const paint = palette(terminal.colour);
  const deselected = plan.checks.filter((check) => check.deselected !== undefined).length;
  const head = [
    `${plan.checks.length} checks`,
    ...(deselected > 0 ? [`${deselected} deselected (they count as unmeasured)`] : []),
    `runtime ${plan.runtime}`,
    `seed ${plan.seed}`,
  ].join(' · ');
  const sections = plan.policy.categories.map((category) => {
    const checks = plan.checks.filter((check) => check.category === category.id);
    const title = paint.strong(`${printable(category.title)}, ${category.weight} % of the score`);
    return [title, ...checkLines(checks, category.notApplicable, terminal.columns, paint)].join('\n');
  });
  return `${[head, ...sections].join('\n\n')}\n`;
}

function checkLines(
  checks: readonly PlannedCheck[],
  notApplicable: Readonly<Record<string, string>>,
  width: number,
  paint: Palette,
): string[] {
  if (checks.length === 0) return [paint.bad('  no checks')];
  const { header, lines } = table(
    [
      { title: columns.plan.check, shrinks: true },
      { title: columns.plan.weight, align: 'right' },
      { title: columns.plan.severity },
      { title: columns.plan.needs, align: 'right', dropOrder: 2 },
      { title: columns.plan.requires, dropOrder: 1 },
      { title: '' },
    ],
    checks.map((check) => [
      check.id,
      String(check.weight),
      check.severity,
      check.needs.length === 0 ? '–' : String(check.needs.length),
      check.requires.join(', ') || '–',
      check.id in notApplicable ? 'not applicable' : check.deselected === undefined ? '' : 'deselected',
    ]),
    width - 2,
  );
  return [paint.faint(header), ...lines].map((line) => `  ${line}`);
}
