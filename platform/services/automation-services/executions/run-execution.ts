import { AuthorityLost } from '../../../kit/auth/delegated-tokens.ts';
import type { DurableRun, DurableWorkflow, RunIds } from '../../../kit/durable/durable.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { isStoreFailure } from '../../../kit/service/store-failure.ts';
import { listens } from '../workflows/record-watches.ts';
import {
  beginExecution,
  type ExecutionEnd,
  ExecutionLost,
  type ExecutionPlan,
  endExecution,
  pauseIfRequested,
  readPlan,
} from './execution-progress.ts';
import { type RunningExecution, runningOf } from './execution-run.ts';
import { ExecutionSteps, ExecutionStopped, reasonOf } from './execution-steps.ts';
import { pauseWorkflow } from './pause-workflow.ts';
import type { RunDeps } from './run-deps.ts';
import { createRunEvents, type RunEvents } from './run-events.ts';

/** What a durable step remembers instead of the index of the next step. */
const over = -1;
/** Attempts while platform-services cannot be asked whether an automatic execution may start. */
const authorityRetries = 30;

function eventsOf(deps: RunDeps, { id }: RunningExecution, plan: ExecutionPlan): RunEvents {
  const { workflowId, workspaceId, userId } = plan;
  return createRunEvents(deps.publishLive, { id, workflowId, workspaceId, userId });
}

async function end(deps: RunDeps, run: RunningExecution, given: Omit<ExecutionEnd, 'now'>): Promise<void> {
  const { tenant, id, generation } = run;
  const ended = await deps.database.withTenant(tenant, (tx) =>
    endExecution(tx, { id, generation, tenantId: tenant.tenantId }, { ...given, now: deps.clock.now() }),
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

/** Durable run of one continuation of an execution. What it remembers is the index of the next step. */
export function executionWorkflow(deps: RunDeps): DurableWorkflow {
  async function begin(run: RunningExecution): Promise<number> {
    await beginExecution(deps.database, run, deps.clock.now());
    const plan = await readPlan(deps.database, run);
    if (isAutomatic(plan.trigger)) {
      try {
        await assertAuthority(deps, run, plan.grantId);
      } catch (error) {
        if (!(error instanceof AuthorityLost)) throw error;
        await fail(deps, run, { error, workflowId: plan.workflowId });
        return over;
      }
    }
    eventsOf(deps, run, plan).started(plan.steps.length);
    const first = plan.steps.findIndex(({ status }) => status === 'pending' || status === 'running');
    return first < 0 ? plan.steps.length : first;
  }

  async function step(steps: ExecutionSteps, run: RunningExecution, index: number, signal: AbortSignal) {
    if (await pauseIfRequested(deps.database, run, deps.clock.now())) {
      eventsOf(deps, run, steps.plan).finished('paused');
      return over;
    }
    const finished = new AbortController();
    const limit = new AbortController();
    const left = Date.parse(steps.plan.deadline) - deps.clock.now().getTime();
    deps.clock.sleep(Math.max(0, left), finished.signal).then(
      () => limit.abort(new ExecutionStopped(`The execution did not end within ${steps.plan.timeoutS} s`)),
      () => {},
    );
    try {
      return await steps.run(index, AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      if (signal.aborted || error instanceof ExecutionLost || isStoreFailure(error)) throw error;
      const cause = limit.signal.aborted ? limit.signal.reason : error;
      const { trigger, workflowId } = steps.plan;
      await fail(deps, run, { error: cause, workflowId: isAutomatic(trigger) ? workflowId : undefined });
      return over;
    } finally {
      finished.abort();
    }
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
      let index = await durable.step('begin', () => orOver(() => begin(run)), { retries: authorityRetries });
      if (index === over) return;
      const plan = await readPlan(deps.database, run);
      const steps = new ExecutionSteps(deps, { run, plan });
      while (index !== over && index < plan.steps.length) {
        const current = index;
        index = await durable.step(`step-${current}`, ({ signal }) =>
          orOver(() => step(steps, run, current, signal)),
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
