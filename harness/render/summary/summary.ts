import { formatBasisPoints, formatShare } from '../../judge/format.ts';
import type { Blocker, Result } from '../../judge/result.ts';
import { hanging, heading, indented, more, type Page, pageOf, sections } from '../terminal/page.ts';
import { printable } from '../terminal/printable.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { pad, truncate, wrap } from '../terminal/text-width.ts';
import { scoreArithmetic, weightedPoints } from '../view/figures.ts';
import {
  conditionTone,
  formatConditionState,
  formatOutcome,
  formatVerdict,
  outcomeTone,
  toned,
  toneMarks,
  verdictTone,
} from '../view/format-outcome.ts';
import { tellingLogLine } from '../view/telling-log-line.ts';

export interface SummaryOptions {
  terminal: Terminal;
  /** Paths of the report's files as the reader should open them, the most useful first. */
  reportFiles: readonly string[];
  /** Most blockers shown; the rest is counted. */
  maxBlockers?: number;
  /** Most deciding rules shown; the rest is counted. */
  maxRules?: number;
}

/**
 * The end of a run on a terminal, to be read in ten seconds: verdict and the rules that decided, seven
 * conditions, score with its arithmetic, blockers by root cause with the command that repeats each, files.
 * Readable without colour; commands and paths are never cut, so that they can be copied.
 */
export function renderSummary(result: Result, options: SummaryOptions): string {
  const page = pageOf(options.terminal);
  return sections([
    verdictSection(result, page, options.maxRules ?? 5),
    conditionsSection(result, page),
    scoreSection(result, page),
    blockersSection(result, page, options.maxBlockers ?? 5),
    harnessErrorsSection(result, page),
    filesSection(options.reportFiles, page),
  ]);
}

function verdictSection(result: Result, page: Page, maxRules: number): string[] {
  const { verdict, run } = result;
  const headline = toned(verdictTone(verdict), formatVerdict(verdict), page.paint);
  const commit = `${run.subject.commit.slice(0, 12)}${run.subject.dirty ? ' with uncommitted changes' : ''}`;
  const subject = truncate(printable(`run ${run.runId} · commit ${commit} · ${result.runtime}`), page.width);
  const rules = verdict.decidedBy
    .slice(0, maxRules)
    .flatMap((rule) => hanging('· ', printable(rule), page.width));
  return [
    page.paint.strong(headline),
    page.paint.faint(subject),
    ...indented([...rules, ...more(verdict.decidedBy.length - maxRules, 'rules', page)]),
    ...(result.faults.length > 0
      ? indented(hanging('! ', printable(`faults injected: ${result.faults.join(', ')}`), page.width))
      : []),
  ];
}

function conditionsSection(result: Result, page: Page): string[] {
  const { conditions } = result;
  const met = conditions.filter(({ state }) => state === 'met').length;
  const { lines } = table(
    [
      { title: '', paint: (text, row) => toned(conditionTone(stateOf(row)), text, page.paint) },
      { title: '', shrinks: true },
      { title: '', dropOrder: 1, paint: (text, row) => toned(conditionTone(stateOf(row)), text, page.paint) },
      { title: '' },
    ],
    conditions.map((condition) => [
      toneMarks[conditionTone(condition.state)],
      printable(condition.title),
      formatConditionState(condition.state),
      printable(condition.distance),
    ]),
    page.width,
  );
  return [heading(`Conditions for GO: ${met} of ${conditions.length} met`, page), ...indented(lines)];

  function stateOf(row: number) {
    return conditions[row]?.state ?? 'not-proven';
  }
}

function scoreSection(result: Result, page: Page): string[] {
  const { score } = result;
  const { header, lines } = table(
    [
      { title: 'Category', shrinks: true },
      { title: 'Weight', align: 'right' },
      { title: 'Proven', align: 'right' },
      { title: 'Possible', align: 'right', dropOrder: 1 },
      { title: 'Coverage', align: 'right', dropOrder: 2 },
      { title: 'Points', align: 'right' },
    ],
    result.categories.map((category) => [
      printable(category.title),
      `${category.weight} %`,
      formatShare(category.proven),
      formatShare(category.possible),
      formatShare(category.coverage),
      weightedPoints(category),
    ]),
    page.width,
  );
  const totals = `proven ${formatBasisPoints(score.proven)}, possible ${formatBasisPoints(score.possible)}, measured ${formatBasisPoints(score.coverage)}`;
  return [
    heading(`Score: ${totals}`, page),
    ...indented([page.paint.faint(header), ...lines]),
    ...indented(wrap(`= ${scoreArithmetic(result)}`, page.width).map(page.paint.faint)),
  ];
}

function blockersSection(result: Result, page: Page, maxBlockers: number): string[] {
  const { blockers } = result;
  if (blockers.length === 0) return [];
  const held = blockers.reduce((sum, blocker) => sum + blocker.blocks.length, 0);
  const causes = `${blockers.length} root ${blockers.length === 1 ? 'cause' : 'causes'}`;
  return [
    heading(
      `Blockers: ${causes}${held > 0 ? ` blocking ${held} further ${held === 1 ? 'check' : 'checks'}` : ''}`,
      page,
    ),
    ...blockers.slice(0, maxBlockers).flatMap((blocker, index) => blockerLines(blocker, index + 1, page)),
    ...indented(more(blockers.length - maxBlockers, 'blockers', page)),
  ];
}

function blockerLines(blocker: Blocker, number: number, page: Page): string[] {
  const label = (name: string) => pad(name, 8);
  const held = blocker.blocks.length > 0 ? `, blocks ${checks(blocker.blocks.length)}` : '';
  const title = hanging(
    `${number}. `,
    printable(`${blocker.title} (${blocker.severity}, ${formatOutcome(blocker.outcome)}${held})`),
    page.width,
  );
  const log = tellingLogLine(blocker.logs);
  const inner = [
    ...hanging(label('cause'), printable(blocker.cause), page.width - 3).slice(0, 3),
    ...(log
      ? hanging(label('log'), printable(`${log.service}: ${log.text}`), page.width - 3).slice(0, 2)
      : []),
    label('repeat') + page.paint.code(printable(blocker.reproduce)),
  ];
  return indented([
    ...title.map((line) => toned(outcomeTone(blocker.outcome), line, page.paint)),
    ...inner.map((line) => `   ${line}`),
  ]);
}

function harnessErrorsSection(result: Result, page: Page): string[] {
  const { harnessErrors } = result;
  if (harnessErrors.length === 0) return [];
  return [
    heading('The harness itself failed', page),
    ...indented(harnessErrors.slice(0, 3).flatMap((error) => hanging('· ', printable(error), page.width))),
    ...indented(more(harnessErrors.length - 3, 'errors', page)),
  ];
}

/** The first path whole, to be opened; what lies beside it by name. */
function filesSection(files: readonly string[], page: Page): string[] {
  const [first, ...others] = files.map(printable);
  if (first === undefined) return [];
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  const beside = others.filter((file) => folder !== '' && file.startsWith(folder));
  const elsewhere = others.filter((file) => !beside.includes(file));
  const names = beside.map((file) => file.slice(folder.length)).join(', ');
  return [
    heading('Report', page),
    ...indented([first, ...elsewhere].map(page.paint.code)),
    ...indented(names ? wrap(`and beside it ${names}`, page.width) : []),
  ];
}

function checks(count: number): string {
  return `${count} ${count === 1 ? 'check' : 'checks'}`;
}
