import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import { checks } from '../../../../scenarios/catalogue.ts';
import type { Mutant } from '../../../../scenarios/mutants/mutant.ts';
import { selectChecks } from '../../../plan/select-checks.ts';
import { measurePlatform } from '../../../run/measure-platform.ts';
import type { ResultFile } from '../../../run/prove/result-file.ts';
import type { RunContext } from '../../../run/run-context.ts';
import { judgeMutant, judgeUnbroken } from './judge-mutant.ts';
import { measureCheckout } from './measure-checkout.ts';
import { isWrong, type MutantResult } from './mutant-result.ts';

/** On a busy machine a boot takes longer than in a run. */
const bootTimeoutMs = 90_000;

/**
 * Measures the unbroken platform by all checks that the mutants need, then each mutant that has no result yet.
 * @param options.whole whether each mutant is measured by every check, and not by its own ones only
 * @param options.signal interrupts everything
 */
export async function proveMutants(options: {
  context: RunContext;
  mutants: readonly Mutant[];
  file: ResultFile<MutantResult>;
  whole: boolean;
  /** Number of mutants at the same time. */
  concurrency: number;
  signal: AbortSignal;
  /** Whether no mutant may start any more. */
  isOver(): boolean;
}): Promise<MutantResult[]> {
  const { context, mutants, file, signal, isOver } = options;
  const startedAt = performance.now();
  const results = [...file.earlier];
  const known = new Set(results.map(({ mutant }) => mutant));
  const open = mutants.filter(({ id }) => !known.has(id));
  const selectionOf = (ids: readonly string[]) => selectChecks(checks, options.whole ? [] : ids);
  // Bundling ends the process of the bundler, and two boots at the same time exceed time limits.
  const oneBoot = pLimit(1);
  const jobs: (() => Promise<void>)[] = [];
  let done = 0;

  async function prove(mutant: Mutant | undefined): Promise<void> {
    if (signal.aborted || isOver()) return;
    const provesAt = performance.now();
    const result: MutantResult = {
      ...(mutant ? { mutant: mutant.id } : {}),
      ...(await measure(mutant).catch((error: unknown) => failure(error))),
      tookMs: Math.round(performance.now() - provesAt),
    };
    if (signal.aborted) return;
    await file.add(result);
    results.push(result);
    done += 1;
    context.stdout.write(lineOf(result, { done, of: jobs.length, passedMs: performance.now() - startedAt }));
  }

  async function measure(mutant: Mutant | undefined): Promise<Omit<MutantResult, 'tookMs'>> {
    const changes = mutant?.changes ?? [];
    const selected = selectionOf((mutant ? [mutant] : mutants).flatMap(checksOf));
    const given = { context, changes, selected, signal };
    const { result, dir } = changes.some(({ file }) => file.startsWith('platform/contracts/'))
      ? await measureCheckout(given)
      : await measurePlatform({
          ...given,
          definitions: checks,
          bootTimeoutMs,
          boot: (opens) => oneBoot(opens),
        });
    const judged = mutant ? judgeMutant(mutant, result) : judgeUnbroken(result);
    if (isWrong(judged)) return { ...judged, seen: `${judged.seen} See ${dir}.` };
    await rm(dir, { recursive: true, force: true });
    return judged;
  }

  if (!known.has(undefined)) jobs.push(() => prove(undefined));
  jobs.push(...open.map((mutant) => () => prove(mutant)));
  const limit = pLimit(options.concurrency);
  await Promise.all(jobs.map((job) => limit(job)));
  return results;
}

/** Checks that must fail, and those whose requests trigger the defect. */
function checksOf({ caughtBy, alongside = [] }: Mutant): readonly string[] {
  return [...caughtBy, ...alongside];
}

function failure(error: unknown): Omit<MutantResult, 'tookMs'> {
  return {
    state: 'harness-failure',
    seen: error instanceof Error ? error.message : String(error),
    failed: [],
  };
}

function lineOf(
  result: MutantResult,
  { done, of, passedMs }: { done: number; of: number; passedMs: number },
) {
  const leftMinutes = Math.ceil(((passedMs / done) * (of - done)) / 60_000);
  const mark = isWrong(result) ? 'WRONG' : result.state === 'unproven' ? '-' : 'ok';
  const detail = isWrong(result) ? `\n    ${result.state}: ${result.seen.replaceAll('\n', '\n    ')}` : '';
  return `[${done}/${of}, ${leftMinutes} min left] ${mark} ${result.mutant ?? 'unbroken'} (${(result.tookMs / 1000).toFixed(1)} s)${detail}\n`;
}
