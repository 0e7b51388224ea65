import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../../statistics.ts';
import { listCases } from './list-cases.ts';
import { type ListRow, openLists } from './open-lists.ts';

const usage = `Usage: node platform/bench/scale/lists/main.ts [--sizes 1000,10000,100000] [--rounds 41] [--lists ${listCases
  .map(({ id }) => id)
  .join(',')}]
Measures pages of lists at several sizes: the request, the code of the service without HTTP, and plain SQL, in turn.
`;
/** Maximum duration of a run, milliseconds. */
const runLimitMs = 30 * 60_000;
/** Measurements before each row's first that counts. */
const warmUps = 8;

/** Durations of the three, in turn. */
async function measureRow(
  row: ListRow,
  rounds: number,
): Promise<[http: number[], read: number[], floor: number[]]> {
  const series: [number[], number[], number[]] = [[], [], []];
  for (let round = -warmUps; round < rounds; round += 1) {
    const figures = [await row.measure(), await row.read(), await row.floor()] as const;
    if (round >= 0) for (const [index, ms] of figures.entries()) series[index as 0 | 1 | 2].push(ms);
  }
  return series;
}

const describe = (series: readonly number[]) =>
  `${median(series).toFixed(2)} (${Math.min(...series).toFixed(2)})`;

const ratioOf = (ours: readonly number[], floor: readonly number[]) =>
  `${(median(ours) / median(floor)).toFixed(2)} (${(Math.min(...ours) / Math.min(...floor)).toFixed(2)})`;

async function measureAll(ids: readonly string[], sizes: readonly number[], rounds: number): Promise<void> {
  // Below node_modules, bundles can find native packages.
  const cache = join(import.meta.dirname, '..', '..', '..', '..', 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'lists-'));
  try {
    const cases = listCases.filter(({ id }) => ids.includes(id));
    const interrupted = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM'] as const)
      process.once(name, () => interrupted.abort(new Error(`stopped by ${name}`)));
    const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(runLimitMs)]);
    await using lists = await openLists({ folder, signal, cases });
    process.stdout.write(
      '| Page, ms median (lowest) | Rows | HTTP | Service | Floor | Service ÷ floor |\n|---|---|---|---|---|---|\n',
    );
    for (const rows of Map.groupBy(lists.rows, ({ list }) => list).values()) {
      for (const [size, row] of sizes.flatMap((size) => rows.map((row) => [size, row] as const))) {
        signal.throwIfAborted();
        await row.fill(size);
        const [http, read, floor] = await measureRow(row, rounds);
        const figures = [...[http, read, floor].map(describe), ratioOf(read, floor)];
        process.stdout.write(`| ${row.title} | ${[size, ...figures].join(' | ')} |\n`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    rounds: { type: 'string', default: '41' },
    lists: { type: 'string', default: listCases.map(({ id }) => id).join(',') },
  },
});
const ids = values.lists.split(',');
const sizes = values.sizes.split(',').map(Number);
const rounds = Number(values.rounds);
if (
  ids.every((id) => listCases.some((one) => one.id === id)) &&
  [...sizes, rounds].every((value) => Number.isInteger(value) && value > 0)
) {
  await measureAll(ids, sizes, rounds);
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
