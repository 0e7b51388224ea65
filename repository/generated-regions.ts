import { type ErrorDefinition, errorTable } from '../harness/errors/error-table.ts';
import { exitCode, exitCodeMeanings } from '../harness/errors/exit-code.ts';
import { faults } from '../harness/faults/catalogue.ts';
import { checks } from '../scenarios/catalogue.ts';
import { renderChecksDocument } from './checks-document.ts';
import { renderFaultsDocument } from './faults-document.ts';
import { markdownTable } from './markdown-table.ts';
import { renderStandardsDocument } from './standards-document.ts';

/** A part of a document between `<!-- generated: name -->` and `<!-- end -->`. */
export interface GeneratedRegion {
  /** Path relative to the root of the repository. */
  file: string;
  name: string;
  render(): string;
}

export const generatedRegions: readonly GeneratedRegion[] = [
  { file: 'README.md', name: 'exit-codes', render: exitCodesTable },
  { file: 'docs/errors.md', name: 'error-codes', render: errorCodesTable },
  { file: 'docs/checks.md', name: 'checks', render: () => renderChecksDocument(checks) },
  { file: 'docs/faults.md', name: 'faults', render: () => renderFaultsDocument(faults) },
  { file: 'docs/standards.md', name: 'standards', render: () => renderStandardsDocument(checks) },
];

/** @throws Error when the document does not have the region exactly once. */
export function fillRegion(document: string, { file, name, render }: GeneratedRegion): string {
  const [before, rest, ...more] = document.split(`<!-- generated: ${name} -->\n`);
  const end = rest?.indexOf('<!-- end -->') ?? -1;
  if (rest === undefined || end < 0 || more.length > 0)
    throw new Error(`${file} needs "<!-- generated: ${name} -->" exactly once, and "<!-- end -->" after it.`);
  return `${before}<!-- generated: ${name} -->\n\n${render()}\n\n${rest.slice(end)}`;
}

function exitCodesTable(): string {
  const names = Object.keys(exitCode) as (keyof typeof exitCode)[];
  return markdownTable(
    ['Exit code', 'Meaning'],
    names.map((name) => [String(exitCode[name]), exitCodeMeanings[name]]),
  );
}

function errorCodesTable(): string {
  return markdownTable(
    ['Error code', 'Exit code', 'Meaning', 'How to fix'],
    Object.entries<ErrorDefinition>(errorTable).map(([code, definition]) => [
      `\`${code}\``,
      String(definition.exitCode),
      definition.meaning,
      (definition.hint ?? 'The error prints it.').replaceAll('<', '\\<'),
    ]),
  );
}
