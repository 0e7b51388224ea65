import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundlePrograms } from './programs.ts';
import { describeMachine, describeResult, type RowResult } from './report.ts';
import type { Bench, Row } from './row.ts';
import { addedLatency, gatewayThroughput } from './rows/gateway-alone.ts';
import { gatewayToDatabase } from './rows/gateway-to-database.ts';
import { logins } from './rows/logins.ts';
import { tenantRead } from './rows/tenant-read.ts';
import { runScale } from './scale/run-scale.ts';
import { findTools, installCommand } from './tools.ts';

const rows: readonly Row[] = [gatewayThroughput, gatewayToDatabase, tenantRead, logins, addedLatency];

const usage = `Usage: npm run bench -- [--rounds N] [--seconds N] [--rows a,b]
Compares the platform with its peers over loopback. Rows: ${rows.map(({ id }) => id).join(', ')}.
With --scale: how operations grow with the size of the data (--scale --sizes 1k,10k,100k).
`;

/** Maximum duration of a run, milliseconds. */
const runLimitMs = 20 * 60_000;
/** The same with `--scale`, milliseconds: the access tokens last for an hour. */
const scaleLimitMs = 55 * 60_000;

interface Choice {
  rounds: number;
  seconds: number;
  rows: readonly Row[];
}

function readChoice(): Choice | undefined {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '3' },
      rows: { type: 'string', default: rows.map(({ id }) => id).join(',') },
    },
  });
  const ids = values.rows.split(',');
  const chosen = rows.filter(({ id }) => ids.includes(id));
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  const valid = [rounds, seconds].every((value) => Number.isInteger(value) && value > 0 && value <= 100);
  return valid && chosen.length === ids.length ? { rounds, seconds, rows: chosen } : undefined;
}

async function measureRow(row: Row, bench: Bench): Promise<RowResult> {
  const install = installCommand(bench.tools, row.needs);
  if (install !== undefined) return { row, notMeasured: `needs: ${install}` };
  bench.progress(`measuring ${row.id} …`);
  try {
    return { row, figures: await row.measure(bench) };
  } catch (error) {
    bench.signal.throwIfAborted();
    return { row, notMeasured: `failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function measureAll({ rounds, seconds, rows: chosen }: Choice, signal: AbortSignal): Promise<void> {
  const last = availableParallelism() - 1;
  if (last < 1) throw new Error('Needs two cores: one for the measured process, one for the rest.');
  // Below node_modules, bundles can find native packages.
  const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'bench-'));
  try {
    const bench: Bench = {
      tools: await findTools(process.env.PATH ?? ''),
      cores: { subject: '0', rest: last === 1 ? '1' : `1-${last}` },
      folder,
      programs: await bundlePrograms(
        {
          gateway: 'services/gateway/main',
          'user-service': 'services/user-service/main',
          'platform-services': 'services/platform-services/main',
          'tenant-read-loop': 'bench/rows/tenant-read-loop',
          'hash-loop': 'bench/rows/hash-loop',
        },
        folder,
      ),
      rounds,
      seconds,
      signal,
      progress: (line) => process.stderr.write(`${line}\n`),
    };
    process.stdout.write(`${describeMachine()}\n`);
    // Each result is printed at once, so it is not lost when the run is stopped.
    for (const row of chosen) {
      const result = await measureRow(row, bench);
      process.stdout.write(`\n${describeResult(result)}\n`);
      if ('notMeasured' in result && result.notMeasured.startsWith('failed')) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interrupted.abort(new Error(`stopped by ${name}`)));

async function run(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--scale')) {
    const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(scaleLimitMs)]);
    process.exitCode = await runScale(args, signal);
    return;
  }
  const choice = readChoice();
  if (choice === undefined) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  await measureAll(choice, AbortSignal.any([interrupted.signal, AbortSignal.timeout(runLimitMs)]));
}

try {
  await run();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
