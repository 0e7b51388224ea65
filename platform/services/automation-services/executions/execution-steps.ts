import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import { AuthorityLost } from '../../../kit/auth/delegated-tokens.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';
import { type Backoff, backoffMs } from '../../../kit/service/backoff.ts';
import { raceAbort } from '../../../kit/service/race-abort.ts';
import { backgroundScope, currentScope, runInScope, type Scope } from '../../../kit/service/scope.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { isStoreFailure } from '../../../kit/service/store-failure.ts';
import { fillTemplate, type TemplateValues } from '../steps/fill-template.ts';
import { isRejection, toStepFailure } from '../steps/peer-failure.ts';
import type { LogLevel, StepContext, StepOutput } from '../steps/step-kind.ts';
import { rememberPart } from './execution-parts.ts';
import {
  appendLog,
  beginAttempt,
  beginStep,
  ExecutionLost,
  type ExecutionPlan,
  endStep,
  keepFile,
  type StepEnd,
} from './execution-progress.ts';
import type { RunningExecution } from './execution-run.ts';
import type { RunDeps } from './run-deps.ts';
import { createRunEvents, type RunEvents } from './run-events.ts';

/** Maximum length of a step's result, characters of JSON. */
export const maxResultLength = 500_000;
/** Maximum total length of the results of one execution, characters of JSON. */
export const maxResultsLength = 5_000_000;

/** Delays between the attempts of a step. */
const stepBackoff: Backoff = { firstMs: 1_000, maxMs: 30_000 };

/** Each step is a request of its own, in the trace of the execution. */
function stepScope(): Scope {
  const span = currentScope()?.span;
  return backgroundScope(span === undefined ? {} : { span });
}

/** The execution must end early. The message is the reason that the user reads. */
export class ExecutionStopped extends Error {
  override readonly name = 'ExecutionStopped';
}

export function reasonOf(error: unknown): string {
  if (error instanceof StepFailure || error instanceof ExecutionStopped || error instanceof AuthorityLost)
    return error.message;
  return 'Something went wrong on our side.';
}

/** Runs the steps of an execution. Results of earlier steps are read from the execution when a run begins. */
export class ExecutionSteps {
  readonly plan: ExecutionPlan;
  readonly #deps: RunDeps;
  readonly #run: RunningExecution;
  readonly #events: RunEvents;
  readonly #values: TemplateValues & { results: Map<number, unknown> };
  #resultsLength = 0;

  constructor(deps: RunDeps, { run, plan }: { run: RunningExecution; plan: ExecutionPlan }) {
    this.#deps = deps;
    this.#run = run;
    this.plan = plan;
    const { workflowId, workspaceId, userId } = plan;
    this.#events = createRunEvents(deps.publishLive, { id: run.id, workflowId, workspaceId, userId });
    this.#values = { input: plan.input, file: plan.file ?? undefined, results: new Map() };
    for (const [index, step] of plan.steps.entries())
      if (step.status === 'completed') this.#keep(index, step);
  }

  #keep(index: number, { result, file }: StepOutput): void {
    this.#values.results.set(index, result);
    this.#resultsLength += storableJson(result).length;
    if (file !== undefined) this.#values.file = file;
  }

  /**
   * Runs the steps from the one at `next` to the last one. When it throws, `next` is the step to continue with.
   * @returns whether the execution is paused instead of being at its end
   * @throws ExecutionStopped when the execution fails with it; AuthorityLost; ExecutionLost
   */
  async run(progress: { next: number }, signal: AbortSignal): Promise<boolean> {
    let begun: Date | 'paused' | undefined;
    while (progress.next < this.plan.steps.length) {
      const { clock, database } = this.#deps;
      begun ??= await beginStep(database, this.#run, { index: progress.next, now: clock.now() });
      if (begun === 'paused') return true;
      const ended = await this.#runStep(progress.next, begun, signal);
      progress.next = ended.next;
      begun = ended.begun;
    }
    return false;
  }

  /** Runs a step that has begun to its end, and begins the next one. */
  async #runStep(
    index: number,
    startedAt: Date,
    signal: AbortSignal,
  ): Promise<{ next: number; begun: Date | 'paused' | undefined }> {
    const step = this.plan.steps[index];
    if (step === undefined) throw new RangeError(`there is no step ${index}`);
    try {
      const output = await runInScope(stepScope(), () => this.#attempts(index, startedAt, signal));
      const { skip = 0 } = output;
      const count = this.plan.steps.length;
      const next = skip === 'rest' ? count : Math.min(index + 1 + skip, count);
      if (output.file !== undefined) await keepFile(this.#deps.database, this.#run, output.file);
      const end = { status: 'completed', result: output.result, next, continues: next < count } as const;
      const begun = await this.#end(index, end);
      this.#keep(index, output);
      return { next, begun };
    } catch (error) {
      if (error instanceof ExecutionLost || isStoreFailure(error)) throw error;
      // When stopped, the reason for stopping is reported, not the error of the step.
      signal.throwIfAborted();
      const reason = reasonOf(error);
      if (!(error instanceof StepFailure) && !(error instanceof AuthorityLost))
        this.#deps.log.error(
          { err: error, execution_id: this.#run.id, step: index },
          'step failed unexpectedly',
        );
      const next = index + 1;
      const isFatal = error instanceof AuthorityLost || !step.continue_on_error;
      const continues = !isFatal && next < this.plan.steps.length;
      const begun = await this.#end(index, { status: 'failed', error: reason, next, continues });
      await this.#log('error', index, reason);
      if (error instanceof AuthorityLost) throw error;
      if (!isFatal) return { next, begun };
      throw new ExecutionStopped(`Step ${index}${step.name ? ` (${step.name})` : ''} failed: ${reason}`);
    }
  }

  async #attempts(index: number, startedAt: Date, signal: AbortSignal): Promise<StepOutput> {
    const attempts = this.plan.maxRetries + 1;
    for (let attempt = 1; ; attempt += 1) {
      const now = this.#deps.clock.now();
      if (attempt > 1) await beginAttempt(this.#deps.database, this.#run, { index, attempt, now });
      this.#events.stepStarted(index, attempt);
      try {
        return await this.#attempt(index, startedAt, signal);
      } catch (error) {
        if (!(error instanceof StepFailure) || !error.retryable || attempt >= attempts) throw error;
        const wait = backoffMs(stepBackoff, attempt, { atLeastMs: error.retryAfterMs });
        const message = `Attempt ${attempt} of ${attempts} failed: ${error.message}; next attempt in ${wait / 1000} s`;
        await this.#log('warn', index, message);
        await this.#deps.clock.sleep(wait, signal);
      }
    }
  }

  async #attempt(index: number, startedAt: Date, signal: AbortSignal): Promise<StepOutput> {
    const step = this.plan.steps[index];
    if (step === undefined) throw new RangeError(`there is no step ${index}`);
    const output = await this.#do(step, this.#context(index, startedAt, signal));
    const { length } = storableJson(output.result);
    if (length > maxResultLength)
      throw new StepFailure(`the result is larger than ${maxResultLength} characters`);
    if (this.#resultsLength + length > maxResultsLength)
      throw new StepFailure(`all results together are larger than ${maxResultsLength} characters`);
    return output;
  }

  async #do({ type, config }: Pick<WorkflowStep, 'type' | 'config'>, context: StepContext) {
    const kind = this.#deps.kinds.get(type);
    if (kind === undefined) throw new StepFailure('this type of step no longer exists');
    const filled = kind.config.safeParse(fillTemplate(config, context.values, kind));
    if (!filled.success) {
      const issue = filled.error.issues[0];
      throw new StepFailure(`config.${issue?.path.join('.')}: ${issue?.message}`);
    }
    const run = (key: string) => raceAbort(kind.run(filled.data, { ...context, key }), context.signal);
    const { generation } = this.#run;
    try {
      return await run(context.key);
    } catch (error) {
      // A service repeats its stored rejection to a key. After a request to retry, a new one must reach it. The
      // rejection says that the first key has had no effect.
      if (generation === 0 || !isRejection(error)) throw error;
      return await run(`${context.key}:${generation}`);
    }
  }

  #context(index: number, startedAt: Date, signal: AbortSignal): StepContext {
    const { tenantId } = this.#run.tenant;
    const { grantId, workspaceId, userId } = this.plan;
    return {
      tenantId,
      userId,
      workspaceId,
      executionId: this.#run.id,
      startedAt,
      key: `${this.#run.id}:${index}`,
      values: this.#values,
      part: (place, step, loop) =>
        rememberPart(this.#deps.database, this.#run, {
          path: `${index}.${place}`,
          work: async () => {
            const context = this.#context(index, startedAt, signal);
            const values = { ...context.values, loop };
            return (await this.#do(step, { ...context, values, key: `${context.key}.${place}` })).result;
          },
        }),
      signal,
      authorized: async (what, call) => {
        if (grantId === null)
          throw new StepFailure(`${what} needs the rights of a user, which this execution does not have`);
        try {
          return await this.#deps.tokens.withToken({ id: grantId, tenantId }, ({ token }) => call(token));
        } catch (error) {
          if (error instanceof AuthorityLost) throw error;
          // Nothing was called yet if platform-services did not respond.
          throw toStepFailure(error, { repeatable: true });
        }
      },
      log: (level, message) => this.#log(level, index, message),
    };
  }

  async #end(index: number, end: Omit<StepEnd, 'index' | 'now'>): Promise<Date | 'paused' | undefined> {
    const { clock, database } = this.#deps;
    const begun = await endStep(database, this.#run, { index, now: clock.now(), ...end });
    this.#events.stepFinished(index, end.status, end.error);
    for (let skipped = index + 1; skipped < end.next; skipped += 1)
      this.#events.stepFinished(skipped, 'skipped');
    return begun;
  }

  #log(level: LogLevel, step: number | null, message: string): Promise<void> {
    return appendLog(this.#deps.database, this.#run, { at: this.#deps.clock.now(), level, step, message });
  }
}
