import type { CheckDefinition } from '../engine/check.ts';
import { describeFailure } from '../errors/describe-failure.ts';
import { isBootChange } from '../faults/apply-changes.ts';
import type { Change } from '../faults/change.ts';
import { changesOf, type Injection } from '../faults/fault.ts';
import { awaitSteadyState, readSteadyState, type SteadyState } from '../faults/steady-state.ts';
import type { Result } from '../judge/result.ts';
import { judgeRunFolder } from './judge-run-folder.ts';
import { planRun } from './plan-run.ts';
import { bootAndCheck } from './platform/boot-and-check.ts';
import type { ProbedFault } from './platform/probe-faults.ts';
import type { RuntimeName } from './platform/runtime-name.ts';
import type { RunContext } from './run-context.ts';
import type { RunRequest } from './run-request.ts';
import { ProcessorWatch } from './timeline/processor-watch.ts';
import { writeEvidence } from './write-evidence.ts';

export interface Measured {
  result: Result;
  /** Folder of the run, with its logs. */
  dir: string;
  /** What was seen of the faults; fewer when the platform did not boot. */
  bites: readonly ProbedFault[];
  /** What lifting the faults has left changed; undefined when they end with the platform only. */
  left?: readonly string[];
}

/**
 * Measures the platform with changed source or with faults, in a run like any other: plan, boot, checks, evidence,
 * verdict. Shows nothing.
 * @param options.selected ids of the checks to measure
 * @param options.boot keeps boots from running side by side
 */
export async function measurePlatform(options: {
  context: RunContext;
  definitions: readonly CheckDefinition[];
  changes?: readonly Change[];
  injections?: readonly Injection[];
  selected: ReadonlySet<string>;
  runtime?: RuntimeName;
  bootTimeoutMs: number;
  signal: AbortSignal;
  boot<T>(open: () => Promise<T>): Promise<T>;
}): Promise<Measured> {
  const { context, injections = [], selected, runtime = 'process', bootTimeoutMs, signal } = options;
  const changes = [...(options.changes ?? []), ...changesOf(injections)];
  const request: RunRequest = {
    definitions: options.definitions,
    selected,
    runtime,
    bootTimeout: bootTimeoutMs / 1000,
    concurrency: 6,
    injections,
    report: async () => 0,
  };
  using processor = new ProcessorWatch();
  const run = await planRun(context, request);
  let bites: readonly ProbedFault[] = [];
  let left: readonly string[] | undefined;
  let before: SteadyState | undefined;
  try {
    await bootAndCheck({
      context,
      request,
      run,
      changes,
      forPeople: false,
      processor,
      signal,
      events: { emit: () => undefined },
      boot: options.boot,
      async before({ stack }) {
        if (canBeLifted(changes)) before = await readSteadyState(stack);
      },
      async after(faulty) {
        bites = faulty.bites;
        if (!before) return;
        await faulty.changed[Symbol.asyncDispose]();
        left = await awaitSteadyState(faulty.platform.stack, before, signal);
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    run.observed.harnessErrors.push(describeFailure(error).trim());
  }
  await writeEvidence(context, run, undefined);
  return { result: await judgeRunFolder(run.dir), dir: run.dir, bites, ...(left ? { left } : {}) };
}

/** Whether the changes can be lifted while the platform runs. */
export function canBeLifted(changes: readonly Change[]): boolean {
  return changes.length > 0 && !changes.some((change) => isBootChange(change) && change.kind !== 'link');
}
