import { join } from 'node:path';
import type { Change } from '../../faults/change.ts';
import type { PlannedRun } from '../plan-run.ts';
import { planSummaryOf } from '../plan-run.ts';
import type { RunContext } from '../run-context.ts';
import type { RunEvents } from '../run-event.ts';
import type { FaultyRun, RunRequest } from '../run-request.ts';
import type { ProcessorWatch } from '../timeline/processor-watch.ts';
import { changePlatform } from './change-platform.ts';
import { checkPlatform } from './check-platform.ts';
import { type OpenPlatform, openPlatform } from './open-platform.ts';
import { notBitten, probeFaults } from './probe-faults.ts';

/**
 * Boots the platform, applies the changes, proves that the faults took hold, runs the checks, lifts what can be lifted,
 * and stops the platform. What it observes is in `run.observed`. Nothing of it stays after an error.
 * @throws ReadinessError when the platform cannot be booted; MissingCapability where the runtime does not allow a change
 */
export async function bootAndCheck(options: {
  context: RunContext;
  request: RunRequest;
  run: PlannedRun;
  /** Those of the faults of the run, and others. */
  changes: readonly Change[];
  /** Whether people use the platform after the checks. */
  forPeople: boolean;
  processor: ProcessorWatch;
  signal: AbortSignal;
  events: RunEvents;
  /** Keeps boots from running side by side; default: boots at once. */
  boot?<T>(open: () => Promise<T>): Promise<T>;
  /** Called when the platform has booted, before the faults of a running platform are injected. */
  before?(platform: OpenPlatform): Promise<void>;
  /** Called when the checks have ended, while the platform and its faults are there. */
  after?(run: FaultyRun): Promise<void>;
}): Promise<void> {
  const { context, request, run, changes, processor, signal, events } = options;
  const { boot = (open) => open() } = options;
  await using platform = await boot(() =>
    openPlatform({
      context,
      runId: run.id,
      runDir: run.dir,
      fixedPorts: request.fixedPorts ?? false,
      runtime: request.runtime ?? 'process',
      with: request.with,
      traces: true,
      monitoring: request.with?.includes('monitoring') ?? false,
      bootTimeoutMs: request.bootTimeout * 1_000,
      forPeople: options.forPeople,
      ...(request.limits ? { env: { gateway: request.limits } } : {}),
      changes,
      signal,
      onPlanned: (nodes) => events.emit({ type: 'plan-frozen', ...planSummaryOf(run, request), nodes }),
      onEvent: (event) => events.emit(event),
    }),
  );
  await options.before?.(platform);
  await using changed = await changePlatform(changes, {
    platform,
    packageRoot: run.packageRoot,
    folder: join(platform.tmpDir, 'checkout'),
  });
  const bites = await probeFaults(run.injections, { platform, changed, signal });
  run.observed.harnessErrors.push(...notBitten(bites));
  await checkPlatform({ request, run, platform, changed, processor, signal, events });
  await options.after?.({ platform, changed, bites, signal });
}
