import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { CheckDefinition } from '../../engine/check.ts';
import type { BiteResult } from '../../faults/bite/bite.ts';
import { declaredOf, type Injection, namesOf } from '../../faults/fault.ts';
import { whyNotInjectable } from '../../faults/injectable.ts';
import type { Result } from '../../judge/result.ts';
import type { FaultResult } from '../../judge/sensitivity/fault-result.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { measurePlatform } from '../measure-platform.ts';
import type { RuntimeName } from '../platform/runtime-name.ts';
import { judgeReproduction } from '../reproduce/judge-reproduction.ts';
import type { RunContext } from '../run-context.ts';
import type { ResultFile } from './result-file.ts';

/**
 * Time limit of a boot, milliseconds: a service that a fault keeps from starting uses all of it. The others start beside
 * the checks of another fault, on a busy machine.
 */
const bootTimeoutMs = 20_000;

export interface ProveFaultsOptions {
  context: RunContext;
  definitions: readonly CheckDefinition[];
  /** Each one alone, or several at once. */
  cases: readonly (readonly Injection[])[];
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
  const { cases, file, signal } = options;
  const startedAt = performance.now();
  const results = [...file.earlier];
  const known = new Set(results.map(({ fault }) => fault));
  const open = [undefined, ...cases].filter((one) => !known.has(one && namesOf(one)));
  // Bundling ends the process of the bundler, and two boots at the same time exceed time limits.
  const oneBoot = pLimit(1);
  const limit = pLimit(options.concurrency);
  let done = 0;
  await Promise.all(
    open.map((injections) =>
      limit(async () => {
        if (signal.aborted) return;
        const provesAt = performance.now();
        const proved = await proveOne(options, injections, (opens) => oneBoot(opens)).catch(failure);
        if (signal.aborted) return;
        const result: FaultResult = {
          ...(injections ? { fault: namesOf(injections) } : {}),
          declared: injections ? [...declaredOf(injections).red] : [],
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

type Proved = Omit<FaultResult, 'fault' | 'declared' | 'tookMs'>;

async function proveOne(
  options: ProveFaultsOptions,
  injections: readonly Injection[] | undefined,
  boot: <T>(open: () => Promise<T>) => Promise<T>,
): Promise<Proved> {
  const { context, definitions, runtime, signal } = options;
  const why = injections && whyNotInjectable(injections, runtime);
  if (why !== undefined)
    return {
      state: 'unproven',
      seen: `The runtime ${runtime} cannot inject it: ${why}.`,
      bite: '',
      outcomes: {},
    };
  const named = injections ? [injections] : options.cases;
  const { result, dir, bites, left } = await measurePlatform({
    context,
    definitions,
    injections: injections ?? [],
    selected: selectChecks(definitions, named.flatMap(checksOf)),
    runtime,
    bootTimeoutMs: injections ? bootTimeoutMs : 1.5 * bootTimeoutMs,
    signal,
    boot,
  });
  const proved = injections
    ? judgeFaults(injections, { result, bites: bites.map(({ bite }) => bite), left })
    : judgeWithoutFault(result);
  if (proved.state === 'caught' || proved.state === 'green') await rm(dir, { recursive: true, force: true });
  else proved.seen = `${proved.seen} See ${dir}.`;
  return proved;
}

function checksOf(injections: readonly Injection[]): readonly string[] {
  const { red, green } = declaredOf(injections);
  return [...red, ...green];
}

function judgeFaults(
  injections: readonly Injection[],
  {
    result,
    bites,
    left,
  }: { result: Result; bites: readonly BiteResult[]; left: readonly string[] | undefined },
): Proved {
  const { state, explanation } = judgeReproduction(injections, { bites, result });
  const common = { ...seenIn(result), bite: bites.map(({ seen }) => seen).join('; ') };
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
