import { describeCriterion } from '../harness/judge/describe-criterion.ts';
import type { DeclaredCheck } from '../harness/plan/declared-check.ts';
import { assessmentPolicy } from '../harness/plan/policy.ts';
import { markdownCode, markdownText } from '../harness/render/markdown/markdown-text.ts';
import { checkSection } from '../harness/render/view/checks-document.ts';

/** The generated part of `docs/checks.md`: one section per check, by category. */
export function renderChecksDocument(checks: readonly DeclaredCheck[]): string {
  return assessmentPolicy.categories
    .map(({ id, title, weight }) => {
      const sections = checks.filter(({ category }) => category === id).map(renderCheck);
      return [
        `## ${title}`,
        `Checks: ${sections.length}. Share of the score: ${weight} %.`,
        ...sections,
      ].join('\n\n');
    })
    .join('\n\n');
}

function renderCheck(check: DeclaredCheck): string {
  const { conditions = [], needs = [], requires = [], remediation } = check;
  const titles = assessmentPolicy.conditions.filter(({ id }) => conditions.includes(id));
  const facts = [
    `Severity: ${check.severity}, weight ${check.weight ?? 1}`,
    ...(titles.length > 0 ? [`GO condition: ${titles.map(({ title }) => title).join(', ')}`] : []),
    ...(needs.length > 0 ? [`Needs: ${needs.map((id) => `[${id}](${linkTo(id)})`).join(', ')}`] : []),
    ...(check.standards?.length ? [`Standards: ${check.standards.join(', ')}`] : []),
    ...(check.users === undefined ? [] : [`Users: ${check.users}, registered or given by the target file`]),
    ...(requires.length > 0 ? [`Capabilities: ${requires.join(', ')}`] : []),
  ];
  const expectations = Object.entries(check.expects).map(
    ([name, criterion]) =>
      `${markdownCode(name)} is ${markdownText(describeCriterion(criterion).replaceAll(/ {2,}/g, ' '))}`,
  );
  return [
    `### ${check.id}`,
    `**${markdownText(check.title)}.** ${markdownText(check.why)}`,
    ...(check.failureTitle === undefined ? [] : [`A failure shows: ${markdownText(check.failureTitle)}.`]),
    'It passes when:',
    expectations.map((expectation) => `- ${expectation}`).join('\n'),
    `How to fix (${remediation.effort}): ${markdownText(remediation.text)}`,
    `${facts.join('. ')}.`,
  ].join('\n\n');
}

/** A link within the document. Reports link to the same section. */
function linkTo(id: string): string {
  return checkSection(id).replace('docs/checks.md', '');
}
