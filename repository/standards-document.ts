import type { DeclaredCheck } from '../harness/plan/declared-check.ts';
import { asvsRequirements, standardParts } from '../harness/plan/standards/catalogue.ts';
import type { StandardId } from '../harness/plan/standards/standard-id.ts';
import { checkSection } from '../harness/render/view/checks-document.ts';
import { markdownTable } from './markdown-table.ts';

type MappedCheck = Pick<DeclaredCheck, 'id' | 'standards'>;

/** The generated part of `docs/standards.md`: what the checks measure of both standards, and what they do not. */
export function renderStandardsDocument(checks: readonly MappedCheck[]): string {
  const isMeasured = (id: StandardId): boolean => checks.some(({ standards }) => standards?.includes(id));
  const chapters = standardParts.filter(({ id }) => id.startsWith('V'));
  const risks = standardParts.filter(({ id }) => id.startsWith('API'));
  const count = (ids: readonly StandardId[]): string => `${ids.filter(isMeasured).length} of ${ids.length}`;
  const all = asvsRequirements.map(({ id }) => id);
  return [
    '## API Security Top 10 (2023)',
    markdownTable(
      ['Risk', 'Title', 'Checks'],
      risks.map(({ id, title }) => [id, title, linksTo(id as StandardId, checks) || 'not measured']),
    ),
    '## ASVS 5.0',
    `Measured: ${count(all)} requirements.`,
    markdownTable(
      ['Chapter', 'Title', 'Measured'],
      chapters.map(({ id, title, requirements }) => [id, title, count(requirements)]),
    ),
    '## Measured requirements',
    markdownTable(
      ['Requirement', 'Level', 'Subject', 'Checks'],
      asvsRequirements
        .filter(({ id }) => isMeasured(id))
        .map(({ id, level, subject }) => [
          id.replace('ASVS ', ''),
          String(level),
          subject,
          linksTo(id, checks),
        ]),
    ),
    '## Requirements that no check measures',
    ...chapters.flatMap(({ id, title, requirements }) => {
      const open = asvsRequirements.filter((each) => requirements.includes(each.id) && !isMeasured(each.id));
      if (open.length === 0) return [];
      const lines = open.map(
        (each) => `- ${each.id.replace('ASVS ', '')} (level ${each.level}): ${each.subject}`,
      );
      return [`### ${id} ${title}`, lines.join('\n')];
    }),
  ].join('\n\n');
}

function linksTo(id: StandardId, checks: readonly MappedCheck[]): string {
  return checks
    .filter(({ standards }) => standards?.includes(id))
    .map((check) => `[${check.id}](${checkSection(check.id).replace('docs/', '')})`)
    .join(', ');
}
