import { formatBasisPoints, formatShare } from '../../judge/format.ts';
import type { CategoryResult, CheckResult, ConditionResult, Result } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';
import { compare, type Fraction, fraction, fromRatio } from '../../plan/ratio.ts';
import type { Assessment, Mark } from '../assessment.ts';
import { tablesOf } from '../rows.ts';
import { formatValue, statedShare } from '../stated-value.ts';
import { statedTotal } from '../weighted-total.ts';
import type { LineStanding, Replay, ReplayLine } from './replay.ts';
import { rowChecks } from './row-checks.ts';

/** Sets each line of an assessment beside what a run measured, and explains each difference by the run's evidence. Pure. */
export function compareWithRun(assessment: Assessment, result: Result): Replay {
  return {
    schema: 'readiness.replay/1',
    title: assessment.title,
    date: assessment.date,
    runId: result.run.runId,
    decision: result.verdict.decision,
    faults: result.faults,
    lines: [
      totalLine(assessment, result),
      ...categoryLines(assessment, result),
      ...conditionLines(assessment, result),
      ...rowLines(assessment, result),
    ],
    conditions: result.conditions.length,
    conditionsNotMet: result.conditions.filter(({ state }) => state !== 'met').length,
  };
}

function totalLine(assessment: Assessment, { score, categories }: Result): ReplayLine {
  const { total, totalText } = statedTotal(assessment);
  const agrees = isWithin(fromRatio(total), fraction(score.proven, 10_000), fraction(score.possible, 10_000));
  const counts = categories.map(({ title, proven }) => `${title} ${formatShare(proven)}`).join(', ');
  return {
    place: 'Final score',
    title: 'Production readiness score',
    stated: totalText,
    measured: between(formatBasisPoints(score.proven), formatBasisPoints(score.possible)),
    agrees,
    explanation: agrees
      ? `Proven by category: ${counts}.`
      : `The document weighs ${assessment.categories.length} shares that it states; the run weighs the share of the checks that pass: ${counts}.`,
  };
}

function categoryLines({ categories }: Assessment, result: Result): ReplayLine[] {
  return categories.flatMap(({ id, title, place, score }) => {
    const measured = result.categories.find((category) => category.id === id);
    if (!measured) return [];
    const stated = statedShare(score);
    const agrees =
      stated !== undefined &&
      isWithin(stated.exact, fromRatio(measured.proven), fromRatio(measured.possible));
    return [
      {
        place,
        title,
        stated: formatValue(score),
        measured: between(formatShare(measured.proven), formatShare(measured.possible)),
        agrees,
        explanation: explainCategory(measured, result),
      },
    ];
  });
}

function explainCategory({ id, counts }: CategoryResult, result: Result): string {
  const checks = result.checks.filter(({ category }) => category === id);
  const failing = checks.filter((check) => standingOf(check) === 'fails');
  const unknown = checks.filter((check) => standingOf(check) === 'unknown');
  const roots = rootTitles(failing, result);
  return [
    `${counts.pass} of ${checks.length} checks pass, ${failing.length} fail, ${unknown.length} are unknown.`,
    ...(roots.length > 0 ? [`Root causes: ${roots.join('; ')}.`] : []),
  ].join(' ');
}

function conditionLines({ conditions }: Assessment, result: Result): ReplayLine[] {
  return conditions.flatMap(({ id, title, place, current }) => {
    const measured = result.conditions.find((condition) => condition.id === id);
    if (!measured) return [];
    const checks = result.checks.filter((check) => measured.missing.includes(check.id));
    const roots = rootTitles(checks, result);
    return [
      {
        place,
        title,
        stated: current,
        measured: `${stateTexts[measured.state]}: ${measured.distance}`,
        // The document calls every condition unmet.
        agrees: measured.state !== 'met',
        explanation:
          measured.state === 'met'
            ? 'The document calls it unmet; in the run every check of the condition passes.'
            : `Root causes: ${roots.join('; ') || 'nothing was measured'}.`,
      },
    ];
  });
}

const stateTexts: Readonly<Record<ConditionResult['state'], string>> = {
  met: 'met',
  violated: 'violated',
  'not-proven': 'not proven',
};

function rowLines(assessment: Assessment, result: Result): ReplayLine[] {
  return tablesOf(assessment).flatMap((table) =>
    table.rows.flatMap((row) => [
      rowLine(`${table.id}/${row.title}`, { ...row, place: table.place }, result),
      ...row.findings.map((finding) =>
        rowLine(
          `${table.id}/${row.title}/${finding.title}`,
          { ...finding, title: `${row.title}: ${finding.title}`, place: table.place },
          result,
        ),
      ),
    ]),
  );
}

function rowLine(
  key: string,
  { title, mark, words, place }: { title: string; mark: Mark; words: string; place: string },
  result: Result,
): ReplayLine {
  const checks = selected(rowChecks[key] ?? [], result);
  const standing = standingOfAll(checks);
  const passing = checks.filter((check) => standingOf(check) === 'passes').length;
  const statedStanding: LineStanding = mark === 'ok' ? 'works' : 'fails';
  return {
    place,
    title,
    stated: words || (mark === 'ok' ? 'works' : 'fails'),
    measured: checks.length === 0 ? 'no check' : `${standing} (${passing} of ${checks.length} checks pass)`,
    agrees: standing === statedStanding,
    explanation: explainRow(checks, { standing, statedStanding }, result),
  };
}

function explainRow(
  checks: readonly CheckResult[],
  { standing, statedStanding }: { standing: LineStanding; statedStanding: LineStanding },
  result: Result,
): string {
  if (checks.length === 0) return 'Only the document has this line: no check measures it.';
  const [failing] = checks.filter((check) => standingOf(check) === 'fails');
  const [unknown] = checks.filter((check) => standingOf(check) === 'unknown');
  if (standing === 'works') {
    const ids = checks.length === 1 ? checks[0]?.id : `${checks[0]?.id} and ${checks.length - 1} more`;
    return statedStanding === 'works'
      ? `Measured by ${ids}.`
      : `The document calls it broken; no fault of this run concerns it, and ${ids} passes.`;
  }
  if (standing === 'unknown')
    return `The document states it without a measurement. ${unknown?.id}: ${unknown?.explanation}`;
  const roots = rootTitles(checks, result);
  const cause = roots.length > 0 ? `${roots.join('; ')}.` : `${failing?.id}: ${failing?.explanation}`;
  return statedStanding === 'fails'
    ? `Root causes: ${cause}`
    : `The document calls it working. It fails: ${cause}`;
}

function selected(patterns: readonly string[], { checks }: Result): CheckResult[] {
  return checks.filter(({ id }) =>
    patterns.some((pattern) => (pattern.endsWith('.') ? id.startsWith(pattern) : id === pattern)),
  );
}

function standingOfAll(checks: readonly CheckResult[]): LineStanding {
  const standings = checks.map(standingOf).filter((standing) => standing !== 'excluded');
  if (standings.includes('fails')) return 'fails';
  if (standings.length === 0 || standings.includes('unknown')) return 'unknown';
  return 'works';
}

/** Titles of the root causes of the checks, the most severe first. */
function rootTitles(checks: readonly CheckResult[], { blockers }: Result): string[] {
  const ids = new Set(checks.map(({ id }) => id));
  return blockers
    .filter(({ root, blocks }) => ids.has(root) || blocks.some((id) => ids.has(id)))
    .map(({ title }) => title);
}

function isWithin(value: Fraction, from: Fraction, to: Fraction): boolean {
  return compare(value, from) >= 0 && compare(value, to) <= 0;
}

const between = (from: string, to: string) => (from === to ? from : `${from} to ${to}`);
