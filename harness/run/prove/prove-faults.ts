import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { CheckDefinition } from '../../engine/check.ts';
import { type Injection, nameOf } from '../../faults/fault.ts';
import type { Result } from '../../judge/result.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { measurePlatform } from '../measure-platform.ts';
import type { RuntimeName } from '../platform/runtime-name.ts';
import { judgeReproduction } from '../reproduce/judge-reproduction.ts';
import type { RunContext } from '../run-context.ts';
import type { FaultResult } from './fault-result.ts';
import type { ResultFile } from './result-file.ts';

/** Time limit of a boot, milliseconds: a service that a fault keeps from starting uses all of it. */
const bootTimeoutMs = 15_000;

export interface ProveFaultsOptions {
  context: RunContext;
  definitions: readonly CheckDefinition[];
  injections: readonly Injection[];
  file: ResultFile<FaultResult>;
  runtime: RuntimeName;
  /** Number of faults at the same time. */
  concurrency: number;
  /** Interrupts everything. */
  signal: AbortSignal;
  /** Learns each result as it comes. */
  onResult(result: FaultResult, progress: { done: number; of: number; passedMs: number }): void;
}

/**
 * Measures the platform without a fault by all checks that the faults name, then each fault that has no result yet:
 * steady state, fault, bite, checks, steady state again.
 */
export async function proveFaults(options: ProveFaultsOptions): Promise<FaultResult[]> {
  const { injections, file, signal } = options;
  const startedAt = performance.now();
  const results = [...file.earlier];
  const known = new Set(results.map(({ fault }) => fault));
  const open = [undefined, ...injections].filter((one) => !known.has(one && nameOf(one)));
  // Bundling ends the process of the bundler, and two boots at the same time exceed time limits.
  const oneBoot = pLimit(1);
  const limit = pLimit(options.concurrency);
  let done = 0;
  await Promise.all(
    open.map((injection) =>
      limit(async () => {
        if (signal.aborted) return;
        const provesAt = performance.now();
        const proved = await proveOne(options, injection, (opens) => oneBoot(opens)).catch(failure);
        if (signal.aborted) return;
        const result: FaultResult = {
          ...(injection ? { fault: nameOf(injection) } : {}),
          ...proved,
          tookMs: Math.round(performance.now() - provesAt),
        };
        await file.add(result);
        results.push(result);
        done += 1;
        options.onResult(result, { done, of: open.length, passedMs: performance.now() - startedAt });
      }),
    ),
  );
  return results;
}

type Proved = Omit<FaultResult, 'fault' | 'tookMs'>;

async function proveOne(
  options: ProveFaultsOptions,
  injection: Injection | undefined,
  boot: <T>(open: () => Promise<T>) => Promise<T>,
): Promise<Proved> {
  const { context, definitions, runtime, signal } = options;
  const named = injection ? [injection] : options.injections;
  const { result, dir, bites, left } = await measurePlatform({
    context,
    definitions,
    injections: injection ? named : [],
    selected: selectChecks(definitions, named.flatMap(checksOf)),
    runtime,
    bootTimeoutMs: injection ? bootTimeoutMs : 2 * bootTimeoutMs,
    signal,
    boot,
  });
  const proved = injection
    ? judgeFault(injection, { result, bite: bites[0]?.bite, left })
    : judgeWithoutFault(result);
  if (proved.state === 'caught' || proved.state === 'green') await rm(dir, { recursive: true, force: true });
  else proved.seen = `${proved.seen} See ${dir}.`;
  return proved;
}

function checksOf({ fault, service }: Injection): readonly string[] {
  const { red, green } = fault.in(service);
  return [...red, ...green];
}

function judgeFault(
  injection: Injection,
  {
    result,
    bite,
    left,
  }: {
    result: Result;
    bite: Parameters<typeof judgeReproduction>[1]['bite'];
    left: readonly string[] | undefined;
  },
): Proved {
  const { state, explanation } = judgeReproduction(injection, { bite, result });
  const common = { ...seenIn(result), bite: bite?.seen ?? '' };
  if (left && left.length > 0 && state === 'caught')
    return { ...common, state: 'not-healed', seen: `Afterwards ${left.join('; ')}` };
  return { ...common, state, seen: explanation };
}

function judgeWithoutFault(result: Result): Proved {
  const wrong = result.checks.filter(({ outcome }) => ['fail', 'blocked', 'error'].includes(outcome));
  const common = { ...seenIn(result), bite: '' };
  if (result.harnessErrors.length > 0)
    return { ...common, state: 'harness-failure', seen: result.harnessErrors.join(' ') };
  if (wrong.length > 0)
    return {
      ...common,
      state: 'red-without-fault',
      seen: wrong.map(({ id, explanation }) => `${id}: ${explanation}`).join(' '),
    };
  const passed = result.checks.filter(({ outcome }) => outcome === 'pass').length;
  return { ...common, state: 'green', seen: `${passed} checks pass.` };
}

function seenIn({ checks, blockers }: Result): Pick<FaultResult, 'outcomes' | 'root'> {
  const [first] = blockers;
  return {
    ...(first ? { root: first.root } : {}),
    outcomes: Object.fromEntries(
      checks
        .filter(({ shortfall }) => shortfall?.kind !== 'deselected')
        .map(({ id, outcome }) => [id, outcome]),
    ),
  };
}

function failure(error: unknown): Proved {
  return {
    state: 'harness-failure',
    seen: error instanceof Error ? error.message : String(error),
    bite: '',
    outcomes: {},
  };
}
