import type {
  AssessedConditionResult,
  AssessmentResult,
  Contradiction,
  Statement,
  WeightedTotal,
} from '../../assessment/assessment-result.ts';
import { hanging, heading, indented, type Page, pageOf, sections } from '../terminal/page.ts';
import { printable } from '../terminal/printable.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text-width.ts';
import { columns } from '../view/columns.ts';
import { formatConditionState, formatVerdict } from '../view/format-outcome.ts';
import { conditionTone, toned, toneMarks, verdictTone } from '../view/tone.ts';

/** Maximum number of statements quoted for one contradiction; the others are counted. */
const maxStatements = 4;

/** A judged assessment on a terminal: verdict, stated score, conditions, contradictions, recounted score. */
export function renderAssessmentSummary(result: AssessmentResult, terminal: Terminal): string {
  const page = pageOf(terminal);
  const { stated, recounted, conditions, contradictions } = result;
  const met = conditions.filter(({ state }) => state === 'met').length;
  return sections([
    verdictLines(result, page),
    totalLines(`Score as stated: ${stated.totalText}`, stated, page),
    [
      heading(`Conditions for GO: ${met} of ${conditions.length} met`, page),
      ...indented(conditions.flatMap((condition) => conditionLines(condition, page))),
    ],
    [
      heading(`Contradictions: ${contradictions.length}`, page),
      ...contradictions.flatMap((each, index) => contradictionLines(each, index + 1, page)),
    ],
    totalLines(`Score counted from the rows of the document: ${recounted.totalText}`, recounted, page),
  ]);
}

function verdictLines(result: AssessmentResult, page: Page): string[] {
  const { verdict } = result;
  return [
    ...wrap(headlineOf(result), page.width).map((line) =>
      page.paint.strong(toned(verdictTone(verdict), line, page.paint)),
    ),
    ...wrap(printable(`${result.title}, ${result.date}`), page.width).map(page.paint.faint),
    ...indented(verdict.decidedBy.flatMap((reason) => hanging('· ', printable(reason), page.width))),
  ];
}

/** Gives both totals if the rows of the document do not confirm its scores. */
function headlineOf({ verdict, stated, recounted }: AssessmentResult): string {
  const counted =
    stated.totalText === recounted.totalText ? '' : ` (${recounted.totalText} from its own rows)`;
  return `${formatVerdict(verdict)}, ${stated.totalText}${counted}`;
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
      { title: columns.score.category, shrinks: true },
      { title: columns.score.weight, align: 'right' },
      { title: columns.score.score, align: 'right' },
      { title: columns.score.weighted, align: 'right', dropOrder: 1 },
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

function contradictionLines(contradiction: Contradiction, number: number, page: Page): string[] {
  const { title, statements, arithmetic } = contradiction;
  const mark = `${number}. `;
  const inner = page.width - mark.length;
  const body = [
    ...shortened(statements).flatMap((each) =>
      'omitted' in each
        ? [page.paint.faint(`· and ${each.omitted} more ${each.omitted === 1 ? 'place' : 'places'}`)]
        : hanging('· ', printable(`${each.place}: “${each.quote}”`), inner),
    ),
    ...hanging('= ', printable(arithmetic), inner),
  ];
  return indented([
    ...hanging(mark, printable(title), page.width).map((line) => page.paint.bad(line)),
    ...body.map((line) => ' '.repeat(mark.length) + line),
  ]);
}

/** The first statements and the last one, with which the others are compared, and the number in between. */
function shortened(statements: readonly Statement[]): (Statement | { omitted: number })[] {
  const omitted = statements.length - maxStatements;
  if (omitted < 1) return [...statements];
  return [...statements.slice(0, maxStatements - 1), { omitted }, ...statements.slice(-1)];
}
