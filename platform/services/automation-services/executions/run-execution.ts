import { AuthorityLost } from '../../../kit/auth/delegated-tokens.ts';
import type { DurableRun, DurableWorkflow, RunIds } from '../../../kit/durable/durable.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { isStoreFailure } from '../../../kit/service/store-failure.ts';
import { listens } from '../workflows/record-watches.ts';
import { type ExecutionEnd, endExecution } from './end-execution.ts';
import { beginExecution, ExecutionLost, type ExecutionPlan, readPlan } from './execution-progress.ts';
import { type RunningExecution, runningOf } from './execution-run.ts';
import { ExecutionSteps, ExecutionStopped, reasonOf } from './execution-steps.ts';
import { pauseWorkflow } from './pause-workflow.ts';
import type { RunDeps } from './run-deps.ts';
import { createRunEvents, type RunEvents } from './run-events.ts';

/** What a durable step remembers instead of the index of the next step. */
const over = -1;

/** The first step that has not ended. */
function firstUnfinished({ steps }: ExecutionPlan): number {
  const first = steps.findIndex(({ status }) => status === 'pending' || status === 'running');
  return first < 0 ? steps.length : first;
}
/** Attempts while platform-services cannot be asked whether an automatic execution may start. */
const authorityRetries = 30;

function eventsOf(deps: RunDeps, { id }: RunningExecution, plan: ExecutionPlan): RunEvents {
  const { workflowId, workspaceId, userId } = plan;
  return createRunEvents(deps.publishLive, { id, workflowId, workspaceId, userId });
}

async function end(deps: RunDeps, run: RunningExecution, given: Omit<ExecutionEnd, 'now'>): Promise<void> {
  const { tenant, id, generation } = run;
  const ended = await endExecution(
    { query: (statement, values) => deps.database.tenantQuery(tenant, statement, values) },
    { id, generation },
    { ...given, now: deps.clock.now() },
  );
  deps.grants.end(tenant.tenantId, ended?.grantId ?? null);
  if (ended !== undefined) createRunEvents(deps.publishLive, ended).finished(given.status, given.error);
}

/** Fails the execution. An automatic workflow whose owner lost the authority is paused too. */
async function fail(
  deps: RunDeps,
  run: RunningExecution,
  { error, workflowId }: { error: unknown; workflowId: string | undefined },
): Promise<void> {
  const reason = reasonOf(error);
  await end(deps, run, { status: 'failed', error: reason });
  if (!(error instanceof AuthorityLost) || workflowId === undefined) return;
  const triggers = await pauseWorkflow(deps.database, run.tenant, { id: workflowId, reason });
  if (listens(triggers)) deps.watches.shrink(run.tenant);
}

/** Whether a schedule or an event started it, for the workflow's owner. */
const isAutomatic = (trigger: string) => trigger !== 'manual' && trigger !== 'command';

/** Looks whether the owner of an automatic workflow may still do what it does. @throws AuthorityLost, StepFailure */
async function assertAuthority(deps: RunDeps, run: RunningExecution, grantId: string | null): Promise<void> {
  if (grantId === null)
    throw new AuthorityLost(
      'grant_revoked',
      'The workflow has no permission to act for its owner: save it again.',
    );
  try {
    await deps.tokens.tokenOf({ id: grantId, tenantId: run.tenant.tenantId });
  } catch (error) {
    if (error instanceof PeerProblem)
      throw new StepFailure('It could not be verified what the owner of the workflow may do', {
        retryable: true,
        cause: error,
      });
    throw error;
  }
}

/**
 * Durable run of one continuation of an execution. The rows of the execution hold its progress, so one durable step
 * does all of its work: after a crash, it continues with the first one that has not ended. Runs of earlier releases
 * remember the index of the next step after they have begun and after each step.
 */
export function executionWorkflow(deps: RunDeps): DurableWorkflow {
  async function begin(run: RunningExecution): Promise<ExecutionPlan | undefined> {
    const begins = await beginExecution(deps.database, run, deps.clock.now());
    const plan = await readPlan(deps.database, run);
    if (isAutomatic(plan.trigger)) {
      try {
        await assertAuthority(deps, run, plan.grantId);
      } catch (error) {
        if (!(error instanceof AuthorityLost)) throw error;
        await fail(deps, run, { error, workflowId: plan.workflowId });
        return undefined;
      }
    }
    if (begins) eventsOf(deps, run, plan).started(plan.steps.length);
    return plan;
  }

  /** Runs the steps until the execution ends or is paused. */
  async function runSteps(
    steps: ExecutionSteps,
    run: RunningExecution,
    { progress, signal }: { progress: { next: number }; signal: AbortSignal },
  ): Promise<number> {
    const finished = new AbortController();
    const limit = new AbortController();
    const left = Date.parse(steps.plan.deadline) - deps.clock.now().getTime();
    deps.clock.sleep(Math.max(0, left), finished.signal).then(
      () => limit.abort(new ExecutionStopped(`The execution did not end within ${steps.plan.timeoutS} s`)),
      () => {},
    );
    try {
      const isPaused = await steps.run(progress, AbortSignal.any([signal, limit.signal]));
      if (isPaused) eventsOf(deps, run, steps.plan).finished('paused');
      else await end(deps, run, { status: 'completed' });
    } catch (error) {
      if (signal.aborted || error instanceof ExecutionLost || isStoreFailure(error)) throw error;
      const cause = limit.signal.aborted ? limit.signal.reason : error;
      const { trigger, workflowId } = steps.plan;
      await fail(deps, run, { error: cause, workflowId: isAutomatic(trigger) ? workflowId : undefined });
    } finally {
      finished.abort();
    }
    return over;
  }

  /** A lost execution is over for this run. */
  const orOver = async (work: () => Promise<number>): Promise<number> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ExecutionLost) return over;
      throw error;
    }
  };

  return async (durable: DurableRun, ids: RunIds) => {
    const run = runningOf(ids);
    try {
      let all: { steps: ExecutionSteps; progress: { next: number } } | undefined;
      const stepsOf = (plan: ExecutionPlan) => ({
        steps: new ExecutionSteps(deps, { run, plan }),
        progress: { next: firstUnfinished(plan) },
      });
      const doAll = (signal: AbortSignal) =>
        orOver(async () => {
          if (all === undefined) {
            const plan = await begin(run);
            if (plan === undefined) return over;
            all = stepsOf(plan);
          }
          return runSteps(all.steps, run, { progress: all.progress, signal });
        });
      let index = await durable.step('begin', ({ signal }) => doAll(signal), { retries: authorityRetries });
      if (index === over) return;
      const { steps, progress } = stepsOf(await readPlan(deps.database, run));
      while (index !== over && index < steps.plan.steps.length) {
        index = await durable.step(`step-${index}`, ({ signal }) =>
          orOver(() => runSteps(steps, run, { progress, signal })),
        );
      }
      if (index !== over) await durable.step('end', () => end(deps, run, { status: 'completed' }));
    } catch (error) {
      if (error instanceof ExecutionLost) return;
      if (!(error instanceof StepFailure)) throw error;
      await durable.step('fail', () => fail(deps, run, { error, workflowId: undefined }));
    }
  };
}

/** Ends an execution whose run has a defect. */
export async function failForDefect(deps: RunDeps, ids: RunIds): Promise<void> {
  await fail(deps, runningOf(ids), { error: undefined, workflowId: undefined });
}
