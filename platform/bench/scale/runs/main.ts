import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Spread, spreadOf } from '../../statistics.ts';
import type { RunFigures, RunRow } from './run-row.ts';
import { stepsPerRun } from './run-row.ts';
import { sagaRuns } from './saga-runs.ts';
import { workflowRuns } from './workflow-runs.ts';

const rows: readonly RunRow[] = [sagaRuns, workflowRuns];
/** Numbers of runs at the same time. */
const concurrencies = [1, 20];
const warmUps = 3;

/** Starts the process that responds to the steps. */
async function startTarget(): Promise<{ url: string } & Disposable> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'step-target.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the target of the steps ended')));
    createInterface(child.stdout).on('line', (line) => {
      const found = /^listening on (\d+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => child.kill() };
}

/** Does work and returns the processor time of this process meanwhile, milliseconds. */
async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Measures ours and the floor in turn. */
async function measure(row: RunRow, rounds: number, targetUrl: string): Promise<Map<number, RunFigures>> {
  await using stage = await row.open(targetUrl);
  const figures = new Map<number, RunFigures>();
  for (const count of concurrencies) {
    for (let warm = 0; warm < warmUps; warm += 1) {
      await stage.ours(count);
      await stage.floor(count);
    }
    const ours: number[] = [];
    const floor: number[] = [];
    const processor: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
    for (let round = 0; round < rounds; round += 1) {
      const steps = stepsPerRun * count;
      const both = [
        async () =>
          processor.ours.push(await processorMs(async () => ours.push((await stage.ours(count)) / steps))),
        async () =>
          processor.floor.push(await processorMs(async () => floor.push((await stage.floor(count)) / steps))),
      ];
      for (const one of round % 2 === 0 ? both : both.reverse()) await one();
    }
    const ratios = (upper: number[], lower: number[]) =>
      spreadOf(upper.map((ms, index) => ms / (lower[index] as number)));
    figures.set(count, {
      ours: spreadOf(ours),
      floor: spreadOf(floor),
      ratio: ratios(ours, floor),
      processorRatio: ratios(processor.ours, processor.floor),
    });
  }
  return figures;
}

const describe = ({ median, min, max }: Spread) =>
  `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    rows: { type: 'string', default: rows.map(({ id }) => id).join(',') },
  },
});
using target = await startTarget();
for (const row of rows.filter(({ id }) => values.rows.split(',').includes(id))) {
  process.stdout.write(`${row.id}: ${row.title}\n  floor: ${row.floor}\n`);
  for (const [count, { ours, floor, ratio, processorRatio }] of await measure(
    row,
    Number(values.rounds),
    target.url,
  ))
    process.stdout.write(
      `  ${count} at once: ${describe(ours)} ms per step, floor ${describe(floor)}, ratio ${describe(ratio)}, aim ≤ ${row.aim}; processor time with storing and ending ${describe(processorRatio)}\n`,
    );
}
