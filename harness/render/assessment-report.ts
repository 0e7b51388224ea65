import type {
  AssessedConditionResult,
  AssessmentResult,
  Contradiction,
  Statement,
  WeightedTotal,
} from '../assessment/assessment-result.ts';
import type { ReportTemplates } from './load-templates.ts';
import { fillMarkdown } from './markdown/markdown-template.ts';
import { renderFailed } from './render-error.ts';
import { hanging, heading, indented, type Page, pageOf, sections } from './terminal/page.ts';
import { printable } from './terminal/printable.ts';
import { table } from './terminal/table.ts';
import type { Terminal } from './terminal/terminal.ts';
import { wrap } from './terminal/text-width.ts';
import {
  conditionTone,
  formatConditionState,
  formatVerdict,
  toned,
  toneMarks,
  verdictTone,
} from './view/format-outcome.ts';

/** A judged assessment on a terminal: verdict and total, table, conditions, contradictions, recounted total. */
export function renderAssessmentSummary(
  result: AssessmentResult,
  options: {
    terminal: Terminal;
    /** Most places quoted for one contradiction; the rest is counted. At least 2. */
    maxStatements?: number;
  },
): string {
  const page = pageOf(options.terminal);
  const most = Math.max(2, options.maxStatements ?? 4);
  const contradictions = result.contradictions.flatMap((each, index) =>
    contradictionLines(each, { number: index + 1, most }, page),
  );
  return sections([
    verdictLines(result, page),
    totalLines(`Score as the document states it: ${result.stated.totalText}`, result.stated, page),
    [
      heading(conditionsHeading(result), page),
      ...indented(result.conditions.flatMap((each) => conditionLines(each, page))),
    ],
    [heading(`Contradictions within the document: ${result.contradictions.length}`, page), ...contradictions],
    totalLines(
      `Score counted from the document's own rows: ${result.recounted.totalText}`,
      result.recounted,
      page,
    ),
  ]);
}

/**
 * The same as Markdown.
 * @throws ReadinessError `render-failed`
 */
export function renderAssessmentMarkdown(result: AssessmentResult, templates: ReportTemplates): string {
  try {
    return fillMarkdown(templates.assessmentMarkdown, {
      ...result,
      headline: headlineOf(result),
      rules: result.verdict.decidedBy,
      conditionsHeading: conditionsHeading(result),
      conditions: result.conditions.map((condition) => ({
        ...condition,
        stateInWords: formatConditionState(condition.state),
      })),
      contradictions: result.contradictions.map((each, index) => ({ ...each, number: index + 1 })),
    });
  } catch (cause) {
    throw renderFailed('The assessment report', cause);
  }
}

function verdictLines(result: AssessmentResult, page: Page): string[] {
  const { verdict } = result;
  return [
    ...wrap(headlineOf(result), page.width).map((line) =>
      page.paint.strong(toned(verdictTone(verdict), line, page.paint)),
    ),
    ...wrap(printable(`${result.title}, ${result.date}`), page.width).map(page.paint.faint),
    ...indented(verdict.decidedBy.flatMap((rule) => hanging('· ', printable(rule), page.width))),
  ];
}

/** The two totals differ when the document's own rows do not bear out its scores. */
function headlineOf({ verdict, stated, recounted }: AssessmentResult): string {
  const counted = stated.totalText === recounted.totalText ? '' : ` (${recounted.totalText} by its own rows)`;
  return `${formatVerdict(verdict)}, ${stated.totalText}${counted}`;
}

function conditionsHeading({ conditions }: AssessmentResult): string {
  const met = conditions.filter(({ state }) => state === 'met').length;
  return `Conditions for GO: ${met} of ${conditions.length} met`;
}

function conditionLines(condition: AssessedConditionResult, page: Page): string[] {
  const tone = conditionTone(condition.state);
  const title = `${condition.title}: ${formatConditionState(condition.state)}`;
  return [
    ...hanging(`${toneMarks[tone]} `, printable(title), page.width).map((line) =>
      toned(tone, line, page.paint),
    ),
    ...hanging('  ', printable(condition.distance), page.width),
  ];
}

function totalLines(title: string, total: WeightedTotal, page: Page): string[] {
  const { header, lines } = table(
    [
      { title: 'Category', shrinks: true },
      { title: 'Weight', align: 'right' },
      { title: 'Score', align: 'right' },
      { title: 'Weighted', align: 'right', dropOrder: 1 },
    ],
    total.rows.map((row) => [
      printable(row.title),
      `${row.weight} %`,
      printable(row.scoreText),
      row.weightedText,
    ]),
    page.width,
  );
  return [
    heading(title, page),
    ...indented([page.paint.faint(header), ...lines]),
    ...indented(wrap(printable(total.arithmetic), page.width).map(page.paint.faint)),
  ];
}

function contradictionLines(
  contradiction: Contradiction,
  { number, most }: { number: number; most: number },
  page: Page,
): string[] {
  const { title, statements, arithmetic } = contradiction;
  const mark = `${number}. `;
  const inner = page.width - mark.length;
  const body = [
    ...fewest(statements, most).flatMap((each) =>
      'left' in each
        ? [page.paint.faint(`· and ${each.left} more ${each.left === 1 ? 'place' : 'places'}`)]
        : hanging('· ', printable(`${each.place}: “${each.quote}”`), inner),
    ),
    ...hanging('= ', printable(arithmetic), inner),
  ];
  return indented([
    ...hanging(mark, printable(title), page.width).map((line) => page.paint.bad(line)),
    ...body.map((line) => ' '.repeat(mark.length) + line),
  ]);
}

/**
 * The first ones and the last, which is the one that the others are held against, with a count of what is
 * left out between them.
 */
function fewest(statements: readonly Statement[], most: number): (Statement | { left: number })[] {
  const left = statements.length - most;
  if (left < 1) return [...statements];
  return [...statements.slice(0, most - 1), { left }, ...statements.slice(-1)];
}
