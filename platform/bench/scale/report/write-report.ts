import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { markdownTable } from '../../../../repository/markdown-table.ts';
import { type Chart, drawCurves } from './draw-curves.ts';
import { pointsOf, type Report, type SuiteReport } from './report.ts';
import { tableHeader, tableRows } from './table.ts';

function chartsOf(suite: SuiteReport): Chart[] {
  return suite.rows.map((row) => ({
    title: row.id,
    unit: row.unit,
    curves: [
      { side: 'ours', points: pointsOf(row, 'ours') },
      { side: 'floor', points: pointsOf(row, 'floor') },
    ],
  }));
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function htmlTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const [head = [], ...body] = rows;
  return `<table><thead>${line(head, 'th')}</thead><tbody>${body.map((row) => line(row, 'td')).join('\n')}</tbody></table>`;
}

function operations(suite: SuiteReport): string[][] {
  return [
    ['Row', 'Operation', 'Floor', 'Goal'],
    ...suite.rows.map(({ id, title, floorTitle, goal }) => [id, title, floorTitle, goal]),
  ];
}

const notes =
  'Figures are the median (lowest–highest) of the rounds, both sides measured in turn. Only the ratios of one run are ' +
  'comparable. “Before” is the ratio of an earlier run. “First use” is the time from the first request until the ' +
  'operation ran at its stable speed. “Growth” is the ratio of the figures at the largest and the smallest size, ' +
  'divided by the ratio of the sizes: 1 is linear.';

function earlierSuite(before: Report | undefined, { id }: SuiteReport): SuiteReport | undefined {
  return before?.suites.find((suite) => suite.id === id);
}

/** The report as one page without scripts and without other files. */
export function renderHtml(report: Report, before?: Report): string {
  const suites = report.suites.map(
    (suite) => `<h2>${escapeHtml(suite.title)}</h2>
${htmlTable([[...tableHeader], ...tableRows(suite, earlierSuite(before, suite))])}
${drawCurves(suite.title, chartsOf(suite))}
${htmlTable(operations(suite))}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cost over size</title><style>
:root { color-scheme: light dark; font: 14px system-ui, sans-serif; }
body { margin: 2rem; } table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: 2px 10px; border-bottom: 1px solid #8884; }
</style></head><body><h1>Cost over size</h1>
<p>${escapeHtml(report.machine)}; ${report.measuredAt}; ${report.rounds} rounds.</p><p>${notes}</p>
${suites.join('\n')}
</body></html>
`;
}

/** A suite as a Markdown document that shows the picture beside it. */
export function renderMarkdown(report: Report, suite: SuiteReport, before?: Report): string {
  const [head = [], ...body] = operations(suite);
  return `# ${suite.title}

Written by \`npm run bench -- --scale --write-docs\`; see [performance.md](../performance.md#cost-over-size).
${report.machine}; ${report.measuredAt.slice(0, 10)}; ${report.rounds} rounds.

${notes}

${markdownTable(tableHeader, tableRows(suite, earlierSuite(before, suite)))}

![Curves of all rows](scale-${suite.id}.svg)

${markdownTable(head, body)}
`;
}

/** Writes `scale.json` and `scale.html`. */
export async function writeReport(folder: string, report: Report, before?: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'scale.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, 'scale.html'), renderHtml(report, before));
}

/** Writes the table and the picture of each suite: `scale-<suite>.md` and `.svg`. */
export async function writeDocuments(folder: string, report: Report, before?: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const suite of report.suites) {
    await writeFile(join(folder, `scale-${suite.id}.md`), renderMarkdown(report, suite, before));
    await writeFile(join(folder, `scale-${suite.id}.svg`), drawCurves(suite.title, chartsOf(suite)));
  }
}
