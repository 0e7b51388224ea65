import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describeFailure } from '../../../errors/describe-failure.ts';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import { watchForInterruption } from '../../../run/interruption.ts';
import type { RunContext } from '../../../run/run-context.ts';
import { readSettings } from '../../../run/settings.ts';
import { type ProofArguments, readProofArguments } from './proof-arguments.ts';

/** What a proof may use of the outside world. */
export interface ProofWorld {
  context: RunContext;
  /** Folder of the results below `reports`. */
  folder: string;
  given: ProofArguments;
  /** Interrupts everything. */
  signal: AbortSignal;
  /** Whether no proof may start any more. */
  isOver(): boolean;
}

/** What a proof came to. */
export interface Proven {
  report: object;
  markdown: string;
  /** In one line. */
  summary: string;
  /** What went wrong besides the proofs. */
  problems: readonly string[];
  isGood: boolean;
}

/**
 * Runs a command that proves something, writes `report.json` and `report.md` to its folder, and ends the process.
 *
 * Exit code 1 when a proof is not as expected, 2 for bad arguments, 4 when the harness failed, 130 or 143 when
 * interrupted.
 */
export async function runProofCommand(options: {
  /** Name of the folder below `reports`. */
  folder: string;
  hint: string;
  concurrency: number;
  more?: Readonly<Record<string, 'string' | 'boolean'>>;
  prove(world: ProofWorld): Promise<Proven>;
}): Promise<never> {
  let code: number;
  try {
    code = await run(options);
  } catch (error) {
    console.error(describeFailure(error).trim());
    code = error instanceof ReadinessError ? error.exitCode : 4;
  }
  // An interrupted check may still wait for something.
  process.exit(code);
}

async function run(options: Parameters<typeof runProofCommand>[0]): Promise<number> {
  const given = readProofArguments({ ...options, now: new Date() });
  const packageRoot = resolve(import.meta.dirname, '../../../..');
  const folder = join(packageRoot, 'reports', options.folder);
  const settings = readSettings(process.env);
  using watch = watchForInterruption({ watchParent: settings.startedByNpm });
  const over = given.limit === undefined ? undefined : AbortSignal.timeout(given.limit * 60_000);
  const { report, markdown, summary, problems, isGood } = await options.prove({
    context: {
      stdout: process.stdout,
      stderr: process.stderr,
      settings,
      packageRoot,
      cacheDir: settings.cacheDir ?? join(packageRoot, '.cache'),
      runsDir: join(folder, 'platforms'),
      now: () => new Date(),
    },
    folder,
    given,
    signal: watch.signal,
    isOver: () => over?.aborted ?? false,
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, 'report.md'), markdown);
  for (const problem of problems) console.error(problem);
  console.log(`${summary}\n${join(folder, 'report.md')}`);
  if (watch.interruption) return watch.interruption.exitCode;
  return isGood ? 0 : 1;
}
