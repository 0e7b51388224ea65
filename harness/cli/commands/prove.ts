import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { combinations } from '../../faults/combinations.ts';
import { type Injection, namesOf } from '../../faults/fault.ts';
import { parseFaults } from '../../faults/parse-fault.ts';
import { FaultResult, isWrong } from '../../judge/sensitivity/fault-result.ts';
import {
  describeSensitivity,
  isSensitive,
  type Sensitivity,
  sensitivityOf,
} from '../../judge/sensitivity/sensitivity.ts';
import { renderSensitivity } from '../../render/html/sensitivity-page.ts';
import { watchForInterruption } from '../../run/interruption.ts';
import type { RuntimeName } from '../../run/platform/runtime-name.ts';
import { faultProofs } from '../../run/prove/gate-file.ts';
import { proveFaults } from '../../run/prove/prove-faults.ts';
import { openResultFile, readResults } from '../../run/prove/result-file.ts';
import type { RunContext } from '../../run/run-context.ts';
import { writeAtomically } from '../../run/run-folder.ts';
import { faults } from '../fault-catalogue.ts';

export interface ProveOptions {
  runtime: RuntimeName;
  /** Number of faults at the same time. */
  concurrency: number;
  /** Continues an earlier proof of the same sources. */
  resume?: boolean;
  /** One fault of each layer only. */
  quick?: boolean;
}

/**
 * Proves that the gate can fail: injects each fault, and compares what the checks say with what the fault declares.
 * @param ids of faults, several at once with `+` in between; empty: all, and the declared combinations
 * @returns 0 when every fault is caught as declared and nothing is red without one, else 1
 */
export async function prove(
  context: RunContext,
  ids: readonly string[],
  { runtime, concurrency, resume = false, quick = false }: ProveOptions,
): Promise<ExitCode> {
  const cases = ids.length > 0 ? ids.map((id) => parseFaults(id, faults)) : everyCase(quick);
  using watch = watchForInterruption({ watchParent: context.settings.startedByNpm });
  const folder = faultProofs(context.runsDir);
  const startedAt = performance.now();
  const file = await openResultFile({
    file: join(folder, `${runtime}.jsonl`),
    schema: 'readiness.faults/1',
    line: FaultResult,
    packageRoot: context.packageRoot,
    resume,
  });
  const results = await proveFaults({
    context: { ...context, runsDir: join(folder, 'platforms') },
    definitions: checks,
    cases,
    file,
    runtime,
    concurrency,
    signal: watch.signal,
    onResult: (result, progress) => context.stdout.write(lineOf(result, progress)),
  });
  const sensitivity = sensitivityOf({
    at: context.now(),
    sources: file.sources,
    faults: cases.map(namesOf),
    results,
    checks: checks
      .filter(({ severity }) => severity === 'blocker' || severity === 'high')
      .map(({ id }) => id),
    breaks: await redUnderBreaks(folder, file.sources),
    durationMs: performance.now() - startedAt,
  });
  const written = await writeSensitivity(context, sensitivity, join(folder, runtime));
  context.stdout.write(`${describeSensitivity(sensitivity)}.\n${written.join('\n')}\n`);
  if (watch.interruption) return watch.interruption.exitCode;
  return isSensitive(sensitivity) ? exitCode.ok : exitCode.violated;
}

/** Each fault alone, then the combinations; or one fault of each layer. */
function everyCase(quick: boolean): (readonly Injection[])[] {
  const firstOf = new Map(faults.toReversed().map((fault) => [fault.layer, fault]));
  const alone = faults
    .filter((fault) => !quick || firstOf.get(fault.layer) === fault)
    .map((fault) => [{ fault, service: fault.defaultService }]);
  return quick ? alone : [...alone, ...combinations.map((text) => parseFaults(text, faults))];
}

function lineOf(
  result: FaultResult,
  { done, of, passedMs }: { done: number; of: number; passedMs: number },
): string {
  const leftMinutes = Math.ceil(((passedMs / done) * (of - done)) / 60_000);
  const mark = isWrong(result) ? 'WRONG' : result.state === 'unproven' ? '-' : 'ok';
  const detail = mark === 'ok' ? '' : `\n    ${result.state}: ${result.seen}`;
  const name = result.fault ?? 'without a fault';
  return `[${done}/${of}, ${leftMinutes} min left] ${mark} ${name} (${(result.tookMs / 1000).toFixed(1)} s)${detail}\n`;
}

/** A line of the file of `npm run prove:checks`. */
const Proof = z.object({ check: z.string(), defect: z.string().exactOptional(), state: z.string() });

/** What turned checks red by their own breaks, in a proof of the same sources. */
async function redUnderBreaks(folder: string, sources: string): Promise<{ check: string; defect: string }[]> {
  const file = join(folder, '..', 'proofs.jsonl');
  const proofs = await readResults(file, { schema: 'readiness.proofs/1', sources, line: Proof });
  return proofs.flatMap(({ check, defect, state }) =>
    state === 'red' && defect !== undefined ? [{ check, defect }] : [],
  );
}

/** Writes the matrix as JSON and HTML. @returns the paths from the working directory */
async function writeSensitivity(
  { packageRoot }: RunContext,
  sensitivity: Sensitivity,
  path: string,
): Promise<string[]> {
  const template = (name: string) => readFile(join(packageRoot, 'reports/templates', name), 'utf8');
  const [html, base, own] = await Promise.all([
    template('sensitivity.html.hbs'),
    template('report.css'),
    template('sensitivity.css'),
  ]);
  const page = renderSensitivity(sensitivity, { html, css: `${base}\n${own}` });
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(`${path}.json`, `${JSON.stringify(sensitivity, null, 2)}\n`);
  await writeAtomically(`${path}.html`, page);
  return [`${path}.html`, `${path}.json`].map((file) => relative(process.cwd(), file));
}
