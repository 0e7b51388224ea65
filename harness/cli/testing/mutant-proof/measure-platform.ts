import { join } from 'node:path';
import { checks } from '../../../../scenarios/catalogue.ts';
import { describeFailure } from '../../../errors/describe-failure.ts';
import type { Change } from '../../../faults/change.ts';
import type { Result } from '../../../judge/result.ts';
import { judgeRunFolder } from '../../../run/judge-run-folder.ts';
import { planRun } from '../../../run/plan-run.ts';
import { checkPlatform } from '../../../run/platform/check-platform.ts';
import { openPlatform } from '../../../run/platform/open-platform.ts';
import type { RunContext } from '../../../run/run-context.ts';
import type { RunRequest } from '../../../run/run-request.ts';
import { ProcessorWatch } from '../../../run/timeline/processor-watch.ts';
import { writeEvidence } from '../../../run/write-evidence.ts';

const bootTimeoutMs = 90_000;

export interface Measured {
  result: Result;
  /** Folder of the run, with its logs. */
  dir: string;
}

/**
 * Measures the platform with changed source in a run like any other: plan, boot, checks, evidence, verdict.
 * @param options.selected ids of the checks to measure
 * @param options.boot keeps boots from running side by side
 */
export async function measurePlatform(options: {
  context: RunContext;
  changes: readonly Change[];
  selected: ReadonlySet<string>;
  signal: AbortSignal;
  boot<T>(open: () => Promise<T>): Promise<T>;
}): Promise<Measured> {
  const { context, changes, selected, signal } = options;
  const request: RunRequest = {
    definitions: checks,
    selected,
    bootTimeout: bootTimeoutMs / 1000,
    concurrency: 6,
    fault: [],
    report: async () => 0,
  };
  using processor = new ProcessorWatch();
  const run = await planRun(context, request);
  try {
    await using platform = await options.boot(() =>
      openPlatform({
        context,
        runId: run.id,
        runDir: run.dir,
        fixedPorts: false,
        traces: true,
        bootTimeoutMs,
        injections: [],
        changes,
        signal,
      }),
    );
    await checkPlatform({ request, run, platform, processor, signal, events: { emit: () => undefined } });
  } catch (error) {
    signal.throwIfAborted();
    run.observed.harnessErrors.push(describeFailure(error).trim());
  }
  await writeEvidence(context, run, undefined);
  return { result: await judgeRunFolder(run.dir), dir: join(run.dir) };
}
