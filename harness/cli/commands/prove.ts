import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { checks } from '../../../scenarios/catalogue.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { faults } from '../../faults/catalogue.ts';
import { type Injection, nameOf } from '../../faults/fault.ts';
import { parseFault } from '../../faults/parse-fault.ts';
import { watchForInterruption } from '../../run/interruption.ts';
import type { RuntimeName } from '../../run/platform/runtime-name.ts';
import { FaultResult, isWrong } from '../../run/prove/fault-result.ts';
import { proveFaults } from '../../run/prove/prove-faults.ts';
import { openResultFile } from '../../run/prove/result-file.ts';
import { describeSensitivity, isSensitive, sensitivityOf } from '../../run/prove/sensitivity.ts';
import type { RunContext } from '../../run/run-context.ts';

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
 * @param ids of faults; empty: all
 * @returns 0 when every fault is caught as declared and nothing is red without one, else 1
 */
export async function prove(
  context: RunContext,
  ids: readonly string[],
  { runtime, concurrency, resume = false, quick = false }: ProveOptions,
): Promise<ExitCode> {
  const injections = ids.length > 0 ? ids.map((id) => parseFault(id, faults)) : everyFault(quick);
  using watch = watchForInterruption({ watchParent: context.settings.startedByNpm });
  const folder = join(context.runsDir, '..', 'proofs', 'faults');
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
    injections,
    file,
    runtime,
    concurrency,
    signal: watch.signal,
    onResult: (result, progress) => context.stdout.write(lineOf(result, progress)),
  });
  const sensitivity = sensitivityOf({
    faults: injections.map(nameOf),
    results,
    checks: checks
      .filter(({ severity }) => severity === 'blocker' || severity === 'high')
      .map(({ id }) => id),
    durationMs: performance.now() - startedAt,
  });
  await mkdir(folder, { recursive: true });
  const report = join(folder, `${runtime}.json`);
  await writeFile(report, `${JSON.stringify(sensitivity, null, 2)}\n`);
  context.stdout.write(`${describeSensitivity(sensitivity)}.\n${relative(process.cwd(), report)}\n`);
  if (watch.interruption) return watch.interruption.exitCode;
  return isSensitive(sensitivity) ? exitCode.ok : exitCode.violated;
}

function everyFault(quick: boolean): Injection[] {
  const firstOf = new Map(faults.toReversed().map((fault) => [fault.layer, fault]));
  return faults
    .filter((fault) => !quick || firstOf.get(fault.layer) === fault)
    .map((fault) => ({ fault, service: fault.defaultService }));
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
