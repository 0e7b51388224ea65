/**
 * Measures the harness on synthetic runs: every stage from the plan to the reports, and the HTML report in Chromium.
 * Prints milliseconds, those of stages in processor time of their thread, and the time per check at the largest size over that at the smallest one: about 1 is linear.
 *
 *     npm run bench:harness -- [--sizes 1000,3000,10000] [--shapes wide,chain,mixed] [--rounds 5] [--only judge,HTML]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { median } from '../../../platform/bench/statistics.ts';
import { judge } from '../../judge/judge.ts';
import { renderHtmlReport } from '../../render/html/html-report.ts';
import { loadTemplates, type ReportTemplates } from '../../render/load-templates.ts';
import { type LargeRun, largeRun, type Shape, shapes } from '../large-run.ts';
import { measurePage } from './page-times.ts';
import { stagesOf } from './stages.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,3000,10000' },
    shapes: { type: 'string', default: shapes.join(',') },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const rounds = Number(values.rounds);
const only = values.only?.split(',');

/** A row of figures by size; undefined where the stage failed. */
type Figures = (number | undefined)[];

const templates = await loadTemplates(join(import.meta.dirname, '../../../reports/templates'));
const folder = await mkdtemp(join(tmpdir(), 'bench-harness-'));
const browser = await chromium
  .launch({
    executablePath: process.env.READINESS_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
  .catch((error: unknown) => {
    console.log(`No browser, so no times of the page: ${String(error).split('\n')[0]}`);
    return undefined;
  });
try {
  for (const shape of shapes.filter((name) => values.shapes.split(',').includes(name)))
    await measureShape(shape, { templates, browser, folder });
} finally {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
}

async function measureShape(
  shape: Shape,
  tools: { templates: ReportTemplates; browser: Browser | undefined; folder: string },
): Promise<void> {
  console.log(`\n${shape}: ${sizes.join(', ')} checks; medians of ${rounds}, milliseconds`);
  const rows = new Map<string, Figures>();
  const add = (name: string, column: number, value: number | undefined): void => {
    const row = rows.get(name) ?? [];
    row[column] = value;
    rows.set(name, row);
  };
  for (const [column, size] of sizes.entries()) {
    const run = largeRun(shape, size);
    for (const { name, run: stage } of stagesFor(run, tools.templates)) {
      if (only && !only.includes(name)) continue;
      add(name, column, await timeOf(stage));
    }
    if (only && !only.includes('page')) continue;
    const html = attempt(() => renderHtmlReport(judge(run.plan, run.facts, run.manifest), tools.templates));
    if (html === undefined) continue;
    add('HTML, kB', column, Buffer.byteLength(html) / 1000);
    if (!tools.browser) continue;
    const times = await measurePage(tools.browser, html, tools.folder);
    add('page usable', column, times.usableMs);
    add('page slowest key', column, times.slowestKeyMs);
    add('page usable, CPU', column, times.usableProcessorMs);
    add('page key, CPU', column, times.slowestKeyProcessorMs);
    add('page elements', column, times.elements);
  }
  for (const [name, figures] of rows) console.log(line(name, figures));
}

function stagesFor(run: LargeRun, from: ReportTemplates): ReturnType<typeof stagesOf> {
  return attempt(() => stagesOf(run, from)) ?? [];
}

/** Median after one run that warms up, milliseconds of processor time; undefined when the stage throws. */
async function timeOf(stage: () => unknown): Promise<number | undefined> {
  const times: number[] = [];
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const before = process.threadCpuUsage();
      await stage();
      const { user, system } = process.threadCpuUsage(before);
      times.push((user + system) / 1000);
    }
  } catch (error) {
    console.log(`  ${String(error).split('\n')[0]}`);
    return undefined;
  }
  return median(times.slice(1));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    console.log(`  ${String(error).split('\n')[0]}`);
    return undefined;
  }
}

function line(name: string, figures: Figures): string {
  const cells = sizes.map((_, column) => figures[column]?.toFixed(1) ?? 'fails');
  const [first, last] = [figures[0], figures[sizes.length - 1]];
  const [smallest = 1, largest = 1] = [sizes[0], sizes.at(-1)];
  const ratio =
    first === undefined || last === undefined ? '–' : (last / largest / (first / smallest)).toFixed(2);
  return `${name.padEnd(20)}${cells.map((cell) => cell.padStart(11)).join('')}   per check × ${ratio}`;
}
