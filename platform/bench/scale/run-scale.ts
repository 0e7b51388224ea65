import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from '../report.ts';
import { findTools, installCommand } from '../tools.ts';
import type { SizeResult } from './measure/measure-row.ts';
import { measureSuite, type RowResult } from './measure/measure-suite.ts';
import { readChoice, type ScaleChoice } from './read-choice.ts';
import { digits } from './report/digits.ts';
import { type Report, reportSuite, type SuiteReport } from './report/report.ts';
import { alignColumns, tableHeader, tableRows } from './report/table.ts';
import { writeDocuments, writeReport } from './report/write-report.ts';
import type { ScaleBench } from './suite.ts';
import { suites } from './suites.ts';

const root = join(import.meta.dirname, '..', '..', '..');

const usage = `Usage: npm run bench -- --scale [--sizes 1k,10k,100k] [--rounds N] [--suites a,b] [--rows a,b]
                               [--before scale.json] [--write-docs]
Measures how operations grow with the size of the data, beside a floor. Suites and rows:
${suites.map(({ id, rows }) => `  ${id}: ${rows.map((row) => row.id).join(', ')}`).join('\n')}
`;

function progressOf(row: string, result: SizeResult): string {
  const at = `${row} at ${result.size.toLocaleString('en')}`;
  if ('failure' in result) return `${at}: failed: ${result.failure}`;
  const { ours, floor, ratio, firstUseS } = result;
  const stopped = ours.stopped === undefined ? '' : ` (stopped ${ours.stopped})`;
  return `${at}: ours ${digits(ours.median)}${stopped}, floor ${digits(floor.median)}, ratio ${digits(ratio.median)}, first use ${digits(firstUseS)} s`;
}

/**
 * Measures the chosen suites and writes the reports.
 * @returns the exit code: 0, 1 when a row failed, 2 for invalid arguments
 */
export async function runScale(args: readonly string[], signal: AbortSignal): Promise<number> {
  const choice = readChoice(args, suites);
  if (choice === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const tools = await findTools(process.env.PATH ?? '');
  const install = installCommand(tools, ['redis-server']);
  if (install !== undefined) throw new Error(`needs: ${install}`);
  // Below node_modules, bundles can find native packages.
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'scale-'));
  try {
    const progress = (line: string) => process.stderr.write(`${line}\n`);
    return await measureChosen(choice, { tools, folder, signal, progress });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureChosen(choice: ScaleChoice, bench: ScaleBench): Promise<number> {
  const before: Report | undefined =
    choice.before === undefined ? undefined : JSON.parse(await readFile(choice.before, 'utf8'));
  const report: Report = {
    machine: describeMachine(),
    measuredAt: new Date().toISOString(),
    rounds: choice.rounds,
    suites: [],
  };
  process.stdout.write(`${report.machine}\n`);
  for (const [index, { suite, rows, sizes }] of choice.suites.entries()) {
    const write = async (results: readonly RowResult[]) => {
      report.suites[index] = reportSuite(suite, results);
      await writeReport(join(root, 'reports', 'bench'), report, before);
      if (choice.writeDocs) await writeDocuments(join(root, 'docs', 'performance'), report, before);
    };
    await measureSuite(suite, bench, {
      rows,
      sizes,
      rounds: choice.rounds,
      // At once, so that nothing is lost when the run is stopped.
      measured: async (row, result, results) => {
        bench.progress(progressOf(row, result));
        await write(results);
      },
    });
    const measured = report.suites[index] as SuiteReport;
    const earlier = before?.suites.find(({ id }) => id === suite.id);
    const table = alignColumns([[...tableHeader], ...tableRows(measured, earlier)]);
    process.stdout.write(`\n${suite.title}\n${table}\n`);
  }
  const results = report.suites.flatMap(({ rows }) => rows.flatMap(({ sizes }) => sizes));
  return results.some((result) => 'failure' in result) ? 1 : 0;
}
