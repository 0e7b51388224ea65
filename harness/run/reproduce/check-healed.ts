import { awaitSteadyState, type SteadyState } from '../../faults/steady-state.ts';
import type { Result } from '../../judge/result.ts';
import { judgeRunFolder } from '../judge-run-folder.ts';
import { planRun } from '../plan-run.ts';
import { checkPlatform } from '../platform/check-platform.ts';
import type { RunContext } from '../run-context.ts';
import type { FaultyRun, RunRequest } from '../run-request.ts';
import { ProcessorWatch } from '../timeline/processor-watch.ts';
import { writeEvidence } from '../write-evidence.ts';

/**
 * Lifts the faults of a platform, waits until it is as before, and runs the same checks again in a run of their own.
 * @param options.before the platform before the faults
 * @returns its result; what is not as before is an error of the harness in it
 */
export async function checkHealed(options: {
  context: RunContext;
  request: RunRequest;
  faulty: FaultyRun;
  before: SteadyState;
}): Promise<Result> {
  const { context, faulty, before } = options;
  const { platform, changed, signal } = faulty;
  await changed[Symbol.asyncDispose]();
  const differences = await awaitSteadyState(platform.stack, before, signal);
  const request: RunRequest = { ...options.request, injections: [] };
  const run = await planRun(context, request);
  run.observed.harnessErrors.push(...differences.map((text) => `The platform is not as before: ${text}.`));
  using processor = new ProcessorWatch();
  await checkPlatform({ request, run, platform, processor, signal, events: { emit: () => undefined } });
  await writeEvidence(context, run, undefined);
  return judgeRunFolder(run.dir);
}
