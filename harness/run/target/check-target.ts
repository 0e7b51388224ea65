import type { GivenAccounts } from '../../engine/instruments/http/given-accounts.ts';
import { openGivenAccounts } from '../../runtime/external/given-accounts.ts';
import { type PlannedRun, planSummaryOf } from '../plan-run.ts';
import { checkPlatform } from '../platform/check-platform.ts';
import type { RunContext } from '../run-context.ts';
import type { RunEvents } from '../run-event.ts';
import type { RunRequest, TargetRequest } from '../run-request.ts';
import type { ProcessorWatch } from '../timeline/processor-watch.ts';
import { cleanUpTarget, sweepTargets } from './clean-up-target.ts';
import { type OpenTarget, openTarget } from './open-target.ts';

/**
 * Checks a deployed platform and removes what the checks created on it, also after an interruption. What earlier,
 * killed runs have left is removed first.
 */
export async function checkTarget(options: {
  context: RunContext;
  request: RunRequest;
  target: TargetRequest;
  run: PlannedRun;
  processor: ProcessorWatch;
  signal: AbortSignal;
  progress: RunEvents;
}): Promise<void> {
  const { context, request, target, run, processor, signal, progress } = options;
  await sweepTargets(context.runsDir, context.settings.readSecret);
  await using platform = await openTarget({
    context,
    runId: run.id,
    runDir: run.dir,
    target,
    bootTimeoutMs: request.bootTimeout * 1_000,
    signal,
    onPlanned: (nodes) => progress.emit({ type: 'plan-frozen', ...planSummaryOf(run, request), nodes }),
    onEvent: (event) => progress.emit(event),
  });
  run.sourceFailures = platform.sourceFailures;
  const { register, given } = target.target.accounts;
  if (register) run.observed.capabilities.add('accounts').add('registration');
  try {
    const givenAccounts = given && (await givenAccountsFor({ context, request, target, platform }));
    if (givenAccounts && givenAccounts.count > 0) run.observed.capabilities.add('accounts');
    await checkPlatform({
      request,
      run,
      platform,
      processor,
      requestWatch: platform.ledger.watch,
      ...(givenAccounts ? { givenAccounts } : {}),
      availability: platform.stack.availability,
      signal,
      events: progress,
    });
  } finally {
    const { left } = await cleanUpTarget(platform.ledger.file, context.settings.readSecret);
    run.leftOnTarget = left;
  }
}

/** Signs in with the given accounts, unless no selected check needs one. */
async function givenAccountsFor({
  context,
  request,
  target: { target },
  platform,
}: {
  context: RunContext;
  request: RunRequest;
  target: TargetRequest;
  platform: OpenTarget;
}): Promise<GivenAccounts | undefined> {
  const needed = request.definitions.some(({ id, users }) => users !== undefined && request.selected.has(id));
  if (!needed) return undefined;
  return openGivenAccounts({ target, ledger: platform.ledger, readSecret: context.settings.readSecret });
}
