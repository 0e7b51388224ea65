import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checks } from '../../../../scenarios/catalogue.ts';
import { describeFailure } from '../../../errors/describe-failure.ts';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import { watchForInterruption } from '../../../run/interruption.ts';
import { readSettings } from '../../../run/settings.ts';
import { parsePart, selectProofs } from './plan-proofs.ts';
import { openProofFile } from './proof-file.ts';
import { isProven, summarise, toMarkdown } from './proof-report.ts';
import { proveChecks } from './prove-checks.ts';

const hint =
  'npm run prove:checks -- [<id> ...] [--part 3/7] [--limit <minutes>] [--resume] [--concurrency 4]';

/**
 * Proves that each check fails under its breaks and passes without:
 * `npm run prove:checks -- [<id or pattern> ...] [--part 3/7 | --part date/7] [--limit <minutes>] [--resume]
 * [--concurrency 4]`.
 * `--resume` continues a proof that was killed or whose time was over, if no source has changed. The report is in
 * `reports/proofs`.
 *
 * Exit code 1 when a proof is not as expected, 2 for bad arguments, 4 when the harness failed, 130 or 143 when
 * interrupted.
 */
let code: number;
try {
  code = await prove();
} catch (error) {
  console.error(describeFailure(error).trim());
  code = error instanceof ReadinessError ? error.exitCode : 4;
}
// An interrupted check may still wait for something.
process.exit(code);

async function prove(): Promise<number> {
  const { values, positionals } = parse();
  const limit = values.limit === undefined ? undefined : positive('limit', values.limit);
  const concurrency = positive('concurrency', values.concurrency);
  const part = values.part === undefined ? undefined : parsePart(values.part, new Date());
  const proofs = selectProofs(checks, { patterns: positionals, part });
  const packageRoot = resolve(import.meta.dirname, '../../../..');
  const folder = join(packageRoot, 'reports/proofs');
  const settings = readSettings(process.env);
  using watch = watchForInterruption({ watchParent: settings.startedByNpm });
  const over = limit === undefined ? undefined : AbortSignal.timeout(limit * 60_000);
  const file = await openProofFile({
    file: join(folder, 'proofs.jsonl'),
    packageRoot,
    resume: values.resume,
  });
  const report = await proveChecks({
    context: {
      stdout: process.stdout,
      stderr: process.stderr,
      settings,
      packageRoot,
      cacheDir: settings.cacheDir ?? join(packageRoot, '.cache'),
      runsDir: join(folder, 'platforms'),
      now: () => new Date(),
    },
    proofs,
    file,
    concurrency,
    signal: watch.signal,
    isOver: () => over?.aborted ?? false,
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, 'report.md'), toMarkdown(report));
  for (const problem of report.problems) console.error(problem);
  console.log(`${summarise(report)}\n${join(folder, 'report.md')}`);
  if (watch.interruption) return watch.interruption.exitCode;
  return isProven(report) ? 0 : 1;
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        part: { type: 'string' },
        limit: { type: 'string' },
        resume: { type: 'boolean', default: false },
        concurrency: { type: 'string', default: '4' },
      },
    });
  } catch (error) {
    throw new ReadinessError('setting-invalid', (error as Error).message, { hint });
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new ReadinessError('setting-invalid', `--${name} ${text} is not a number above 0.`, { hint });
  }
  return value;
}
