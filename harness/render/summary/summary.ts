import type { Blocker, Result } from '../../judge/result.ts';
import { hanging, heading, indented, more, type Page, pageOf, sections } from '../terminal/page.ts';
import { printable } from '../terminal/printable.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { pad, truncate, wrap } from '../terminal/text-width.ts';
import { checkSection } from '../view/checks-document.ts';
import { columns } from '../view/columns.ts';
import { conditionViews } from '../view/condition-view.ts';
import { errorLine } from '../view/error-line.ts';
import { blockersHeading, formatOutcome, formatUnknown, formatVerdict } from '../view/format-outcome.ts';
import { scoreView } from '../view/score-view.ts';
import { outcomeTone, toned, toneMarks, verdictTone } from '../view/tone.ts';

export interface SummaryOptions {
  terminal: Terminal;
  /** Paths of the report files, the most useful first. */
  reportFiles: readonly string[];
  /** Maximum number of blockers; the others are counted. */
  maxBlockers?: number;
  /** Maximum number of reasons; the others are counted. */
  maxReasons?: number;
}

/**
 * The end of a run on a terminal: the verdict with its reasons, the conditions, the score, the blockers by root
 * cause with the command that runs each again, and the report files. It needs no colour. Commands and paths
 * are never cut, so they can be copied.
 */
export function renderSummary(result: Result, options: SummaryOptions): string {
  const page = pageOf(options.terminal);
  return sections([
    verdictSection(result, page, options.maxReasons ?? 5),
    conditionsSection(result, page),
    scoreSection(result, page),
    blockersSection(result, page, options.maxBlockers ?? 5),
    harnessErrorsSection(result, page),
    filesSection(options.reportFiles, page),
  ]);
}

function verdictSection(result: Result, page: Page, maxReasons: number): string[] {
  const { verdict, run, faults, gate } = result;
  const headline = toned(verdictTone(verdict), formatVerdict(verdict), page.paint);
  const commit = `${run.subject.commit.slice(0, 12)}${run.subject.dirty ? ' with uncommitted changes' : ''}`;
  const subject = truncate(printable(`run ${run.runId} · commit ${commit} · ${result.runtime}`), page.width);
  const reasons = verdict.decidedBy.slice(0, maxReasons);
  const unknown = formatUnknown(verdict);
  return [
    page.paint.strong(headline),
    page.paint.faint(subject),
    ...indented(reasons.flatMap((reason) => hanging('· ', printable(reason), page.width))),
    ...indented(more(verdict.decidedBy.length - maxReasons, 'reasons', page)),
    ...(unknown ? indented(hanging('? ', unknown, page.width)) : []),
    ...(gate
      ? indented([`The gate caught ${gate.caught} of ${gate.proved} known faults (${gate.at.slice(0, 10)}).`])
      : []),
    ...(faults.length > 0
      ? indented(hanging('! ', printable(`injected faults: ${faults.join(', ')}`), page.width))
      : []),
  ];
}

function conditionsSection(result: Result, page: Page): string[] {
  const conditions = conditionViews(result);
  const titles = columns.conditions;
  const met = result.conditions.filter(({ state }) => state === 'met').length;
  const paint = (text: string, row: number): string =>
    toned(conditions[row]?.tone ?? 'open', text, page.paint);
  const { header, lines } = table(
    [
      { title: '', paint },
      { title: titles.condition, shrinks: true },
      { title: titles.state, dropOrder: 1, paint },
      { title: titles.needs },
      { title: titles.has },
      { title: '', dropOrder: 2 },
    ],
    conditions.map(({ title, state, tone, needs, has, unknown }) => [
      toneMarks[tone],
      printable(title),
      state,
      needs,
      has,
      unknown,
    ]),
    page.width,
  );
  return [
    heading(`Conditions for GO: ${met} of ${conditions.length} met`, page),
    ...indented([page.paint.faint(header), ...lines]),
  ];
}

function scoreSection(result: Result, page: Page): string[] {
  const score = scoreView(result);
  const titles = columns.score;
  const { header, lines } = table(
    [
      { title: titles.category, shrinks: true },
      { title: titles.weight, align: 'right' },
      { title: titles.proven, align: 'right' },
      { title: titles.points, align: 'right' },
      { title: titles.possible, align: 'right', dropOrder: 1 },
      { title: titles.measured, align: 'right', dropOrder: 2 },
    ],
    score.categories.map(({ title, weight, proven, points, possible, measured }) => [
      printable(title),
      weight,
      proven,
      points,
      possible,
      measured,
    ]),
    page.width,
  );
  const totals = `proven ${score.proven}, possible ${score.possible}, measured ${score.measured}`;
  return [
    heading(`Score: ${totals}`, page),
    ...indented([page.paint.faint(header), ...lines]),
    ...indented(wrap(`= ${score.arithmetic}`, page.width).map(page.paint.faint)),
  ];
}

function blockersSection(result: Result, page: Page, maxBlockers: number): string[] {
  const { blockers } = result;
  if (blockers.length === 0) return [];
  const blocked = blockers.reduce((sum, { blocks }) => sum + blocks.length, 0);
  const causes = `${blockers.length} root ${blockers.length === 1 ? 'cause' : 'causes'}`;
  const others = `${blocked} other ${blocked === 1 ? 'check' : 'checks'}`;
  const ids = new Set(result.checks.map(({ id }) => id));
  return [
    heading(
      `${blockersHeading(result.verdict)}: ${causes}${blocked > 0 ? `, blocking ${others}` : ''}`,
      page,
    ),
    ...blockers
      .slice(0, maxBlockers)
      .flatMap((blocker, index) => blockerLines(blocker, index + 1, ids.has(blocker.root), page)),
    ...indented(
      more(blockers.length - maxBlockers, result.verdict.decision === 'GO' ? 'findings' : 'blockers', page),
    ),
  ];
}

function blockerLines(blocker: Blocker, number: number, documented: boolean, page: Page): string[] {
  const label = (name: string) => pad(name, 8);
  const { root, title, severity, outcome, blocks, cause, logs, reproduce } = blocker;
  const blocking = blocks.length === 0 ? '' : `, blocks ${blocks.length}`;
  const headline = hanging(
    `${number}. `,
    printable(`${title} (${severity}, ${formatOutcome(outcome)}${blocking})`),
    page.width,
  );
  const log = errorLine(logs);
  const width = page.width - 3;
  const inner = [
    ...hanging(label('cause'), printable(cause), width).slice(0, 3),
    ...(log ? hanging(label('log'), printable(`${log.service}: ${log.text}`), width).slice(0, 2) : []),
    ...(documented ? [label('docs') + page.paint.code(checkSection(root))] : []),
    label('rerun') + page.paint.code(printable(reproduce)),
  ];
  return indented([
    ...headline.map((line) => toned(outcomeTone(outcome), line, page.paint)),
    ...inner.map((line) => `   ${line}`),
  ]);
}

function harnessErrorsSection({ harnessErrors }: Result, page: Page): string[] {
  if (harnessErrors.length === 0) return [];
  return [
    heading('Errors of the harness', page),
    ...indented(harnessErrors.slice(0, 3).flatMap((error) => hanging('· ', printable(error), page.width))),
    ...indented(more(harnessErrors.length - 3, 'errors', page)),
  ];
}

/** The first path in full, and the names of the other files in the same folder. */
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
    ...indented(names ? wrap(`in the same folder: ${names}`, page.width) : []),
  ];
}
