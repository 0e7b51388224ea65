import type { CategoryResult, CheckResult, ConditionResult, Result, Verdict } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';
import { titleOf } from '../../judge/title-of.ts';
import { renderFailed } from '../render-error.ts';
import { checkSection } from '../view/checks-document.ts';
import { formatOutcome, formatVerdict } from '../view/format-outcome.ts';
import { type XmlElement, xmlDocument } from './xml.ts';

/**
 * The result as JUnit XML: a suite per category with a case per planned check, and a suite `readiness` with the
 * verdict and the conditions for GO as cases. A NO-GO therefore never looks green to a reader that only counts
 * failures, even without checks. An unmeasured check is an error. Under GO no check prevents the release, so what does
 * not pass is skipped, with its outcome: a CI server must show the verdict. The schema is Jenkins' `junit-10.xsd`, which
 * has no `skipped` for the whole document. The property `verdict` is the headline, with the number of failing checks.
 * @throws ReadinessError `render-failed`
 */
export function renderJunit(result: Result): string {
  try {
    const suites = [
      verdictSuite(result),
      ...result.categories.map((category) => categorySuite(category, result)),
    ];
    const sum = (name: keyof SuiteCounts) => suites.reduce((total, { counts }) => total + counts[name], 0);
    return xmlDocument({
      name: 'testsuites',
      attributes: {
        name: 'PyAirtable Readiness',
        tests: sum('tests'),
        failures: sum('failures'),
        errors: sum('errors'),
        time: seconds(result.checks.reduce((total, { durationMs }) => total + durationMs, 0)),
      },
      children: suites.map(({ element }) => element),
    });
  } catch (cause) {
    throw renderFailed('junit.xml', cause);
  }
}

interface SuiteCounts {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
}

interface Suite {
  element: XmlElement;
  counts: SuiteCounts;
}

function suite(
  name: string,
  cases: readonly XmlElement[],
  options: { timestamp: string; durationMs: number; properties?: Readonly<Record<string, string>> },
): Suite {
  const count = (kind: string) =>
    cases.filter(({ children }) => children?.some((child) => child.name === kind)).length;
  const counts = {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
  const properties = Object.entries(options.properties ?? {}).map(([key, value]) => ({
    name: 'property',
    attributes: { name: key, value },
  }));
  return {
    counts,
    element: {
      name: 'testsuite',
      attributes: { name, ...counts, time: seconds(options.durationMs), timestamp: options.timestamp },
      children: [...(properties.length > 0 ? [{ name: 'properties', children: properties }] : []), ...cases],
    },
  };
}

function verdictSuite(result: Result): Suite {
  const { verdict, run } = result;
  const headline = formatVerdict(verdict);
  const rules = verdict.decidedBy.join('\n');
  const problem = { attributes: { message: headline, type: verdict.basis }, text: rules };
  const judged: XmlElement = {
    name: 'testcase',
    attributes: { classname: 'readiness', name: 'verdict', time: seconds(0) },
    children:
      verdict.decision === 'GO'
        ? []
        : [{ name: verdict.basis === 'violated' ? 'failure' : 'error', ...problem }],
  };
  return suite('readiness', [judged, ...result.conditions.map(conditionCase)], {
    timestamp: run.startedAt,
    durationMs: 0,
    properties: {
      verdict: headline,
      'checks.failing': String(verdict.failing),
      'checks.unknown': String(verdict.unknown),
      'run.id': run.runId,
      'subject.commit': run.subject.commit,
      'subject.dirty': String(run.subject.dirty),
      'plan.sha256': result.planSha256,
      seed: String(result.seed),
    },
  });
}

function conditionCase(condition: ConditionResult): XmlElement {
  const problem = {
    attributes: { message: `${condition.title}: ${condition.distance}`, type: condition.state },
    text: condition.missing.join('\n'),
  };
  const children: Record<ConditionResult['state'], XmlElement[]> = {
    met: [],
    violated: [{ name: 'failure', ...problem }],
    'not-proven': [{ name: 'error', ...problem }],
  };
  return {
    name: 'testcase',
    attributes: { classname: 'readiness.condition', name: condition.id, time: seconds(0) },
    children: children[condition.state],
  };
}

function categorySuite(category: CategoryResult, result: Result): Suite {
  const checks = result.checks.filter((check) => check.category === category.id);
  return suite(
    category.id,
    checks.map((check) => checkCase(check, result.verdict)),
    {
      timestamp: result.run.startedAt,
      durationMs: checks.reduce((total, { durationMs }) => total + durationMs, 0),
    },
  );
}

function checkCase(check: CheckResult, verdict: Verdict): XmlElement {
  const outcome = outcomeElement(check, verdict);
  return {
    name: 'testcase',
    attributes: { classname: check.category, name: check.id, time: seconds(check.durationMs) },
    children: outcome ? [outcome] : [],
  };
}

/** A check blocked by the product is a failure; one blocked by the harness is unknown, so an error. */
function outcomeElement(check: CheckResult, verdict: Verdict): XmlElement | undefined {
  const standing = standingOf(check);
  if (standing === 'passes') return undefined;
  if (standing === 'excluded') return { name: 'skipped', attributes: { message: check.explanation } };
  if (verdict.decision === 'GO') {
    const message = `${formatOutcome(check.outcome)}, does not prevent GO: ${check.explanation}`;
    return { name: 'skipped', attributes: { message, type: check.outcome }, text: details(check) };
  }
  return {
    name: standing === 'fails' ? 'failure' : 'error',
    attributes: { message: check.explanation, type: check.outcome },
    text: details(check),
  };
}

function details(check: CheckResult): string {
  const unmet = check.findings.filter(({ met }) => !met);
  return [
    `${titleOf(check)} (${check.severity})`,
    ...(check.standards ? [`Standards: ${check.standards.join(', ')}`] : []),
    ...unmet.map(({ name, explanation }) => `${name}: ${explanation}`),
    ...(check.blockedBy === undefined ? [] : [`Root cause: ${check.blockedBy}`]),
    ...(check.shortfall?.hint === undefined ? [] : [`Hint: ${check.shortfall.hint}`]),
    `How to fix (${check.remediation.effort}): ${check.remediation.text}`,
    `Documentation: ${checkSection(check.id)}`,
    `Run again: ${check.reproduce}`,
    ...check.evidence.map((path) => `Evidence: ${path}`),
    ...check.logs.map(({ service, text }) => `${service}: ${text}`),
  ].join('\n');
}

/** Seconds with three decimals. */
function seconds(milliseconds: number): string {
  return (Math.round(milliseconds) / 1000).toFixed(3);
}
