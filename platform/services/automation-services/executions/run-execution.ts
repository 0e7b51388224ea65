import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';
import { type Backoff, backoffMs } from '../../../kit/service/backoff.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { raceAbort } from '../../../kit/service/race-abort.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { fillTemplate, type TemplateValues } from '../steps/fill-template.ts';
import type { LogLevel, StepOutput } from '../steps/step-kind.ts';
import type { StepKinds } from '../steps/step-kinds.ts';
import {
  appendLog,
  beginExecution,
  beginStep,
  type ClaimedExecution,
  type ExecutionEnd,
  ExecutionLost,
  type ExecutionPlan,
  endExecution,
  endStep,
  type StepEnd,
} from './execution-progress.ts';

/** Maximum length of a step's result, characters of JSON. */
export const maxResultLength = 500_000;
/** Maximum total length of the results of one execution, characters of JSON. */
export const maxResultsLength = 5_000_000;

export interface RunDeps {
  database: Database;
  clock: Clock;
  kinds: StepKinds;
  log: Log;
}

/** Delays between the attempts of a step. */
const stepBackoff: Backoff = { firstMs: 1_000, maxMs: 30_000 };

/** The execution must end early. The message is the reason that the user reads. */
export class ExecutionStopped extends Error {
  override readonly name = 'ExecutionStopped';
}

function reasonOf(error: unknown): string {
  if (error instanceof StepFailure || error instanceof ExecutionStopped) return error.message;
  return 'Something went wrong on our side.';
}

interface ExecutionTask {
  claimed: ClaimedExecution;
  token: string | undefined;
  plan: ExecutionPlan;
  signal: AbortSignal;
}

class ExecutionRun {
  readonly #deps: RunDeps;
  readonly #task: ExecutionTask;
  readonly #values: TemplateValues & { results: Map<number, unknown> };
  #resultsLength = 0;

  constructor(deps: RunDeps, task: ExecutionTask) {
    this.#deps = deps;
    this.#task = task;
    this.#values = { input: task.plan.input, file: task.plan.file ?? undefined, results: new Map() };
  }

  /** Runs the steps in order, until one fails that may not fail. */
  async steps(): Promise<void> {
    const { steps } = this.#task.plan;
    await this.#log('info', null, 'Execution started');
    let index = 0;
    while (index < steps.length) {
      const skip = await this.#step(index);
      const next = skip === 'rest' ? steps.length : Math.min(index + 1 + skip, steps.length);
      for (let left = index + 1; left < next; left += 1) await this.#end(left, { status: 'skipped' });
      index = next;
    }
  }

  /** @returns how many of the next steps to skip */
  async #step(index: number): Promise<number | 'rest'> {
    const step = this.#task.plan.steps[index];
    if (step === undefined) throw new RangeError(`there is no step ${index}`);
    try {
      const { result, skip = 0, file } = await this.#attempts(index);
      this.#values.results.set(index, result);
      if (file !== undefined) this.#values.file = file;
      await this.#end(index, { status: 'completed', result });
      return skip;
    } catch (error) {
      if (error instanceof ExecutionLost) throw error;
      // When stopped, the reason for stopping is reported, not the error of the step.
      this.#task.signal.throwIfAborted();
      const reason = reasonOf(error);
      if (!(error instanceof StepFailure))
        this.#deps.log.error(
          { err: error, execution_id: this.#task.claimed.id, step: index },
          'step failed unexpectedly',
        );
      await this.#end(index, { status: 'failed', error: reason });
      await this.#log('error', index, reason);
      if (step.continue_on_error) return 0;
      throw new ExecutionStopped(`Step ${index}${step.name ? ` (${step.name})` : ''} failed: ${reason}`);
    }
  }

  async #attempts(index: number): Promise<StepOutput> {
    const attempts = this.#task.plan.maxRetries + 1;
    for (let attempt = 1; ; attempt += 1) {
      await beginStep(this.#deps.database, this.#task.claimed, {
        index,
        attempt,
        now: this.#deps.clock.now(),
      });
      try {
        return await this.#attempt(index);
      } catch (error) {
        if (!(error instanceof StepFailure) || !error.retryable || attempt >= attempts) throw error;
        const wait = backoffMs(stepBackoff, attempt, { atLeastMs: error.retryAfterMs });
        const message = `Attempt ${attempt} of ${attempts} failed: ${error.message}; next attempt in ${wait / 1000} s`;
        await this.#log('warn', index, message);
        await this.#deps.clock.sleep(wait, this.#task.signal);
      }
    }
  }

  async #attempt(index: number): Promise<StepOutput> {
    const step = this.#task.plan.steps[index];
    const kind = step && this.#deps.kinds.get(step.type);
    if (step === undefined || kind === undefined) throw new StepFailure('this type of step no longer exists');
    const filled = fillTemplate(step.config, this.#values, kind);
    const config = kind.config.safeParse(filled);
    if (!config.success) {
      const issue = config.error.issues[0];
      throw new StepFailure(`config.${issue?.path.join('.')}: ${issue?.message}`);
    }
    const { tenantId, userId } = this.#task.claimed.tenant;
    const output = await raceAbort(
      kind.run(config.data, {
        tenantId,
        userId,
        executionId: this.#task.claimed.id,
        token: this.#task.token,
        values: this.#values,
        signal: this.#task.signal,
        log: (level, message) => this.#log(level, index, message),
      }),
      this.#task.signal,
    );
    const { length } = storableJson(output.result);
    if (length > maxResultLength)
      throw new StepFailure(`the result is larger than ${maxResultLength} characters`);
    this.#resultsLength += length;
    if (this.#resultsLength > maxResultsLength)
      throw new StepFailure(`all results together are larger than ${maxResultsLength} characters`);
    return output;
  }

  #end(index: number, end: Omit<StepEnd, 'index' | 'now'>): Promise<void> {
    return endStep(this.#deps.database, this.#task.claimed, { index, now: this.#deps.clock.now(), ...end });
  }

  #log(level: LogLevel, step: number | null, message: string): Promise<void> {
    return appendLog(this.#deps.database, this.#task.claimed, {
      at: this.#deps.clock.now(),
      level,
      step,
      message,
    });
  }
}

/**
 * Runs an execution that this process has claimed from its first step to its end. `stop` ends it early: with an
 * ExecutionStopped it fails for that reason, with an ExecutionLost nothing more is written.
 */
export async function runExecution(
  deps: RunDeps,
  { claimed, token, stop }: { claimed: ClaimedExecution; token: string | undefined; stop: AbortController },
): Promise<void> {
  const { database, clock, log } = deps;
  const finished = new AbortController();
  let end: Omit<ExecutionEnd, 'now'>;
  try {
    const plan = await beginExecution(database, claimed, clock.now());
    const limit = plan.timeoutS;
    clock.sleep(limit * 1000, finished.signal).then(
      () => stop.abort(new ExecutionStopped(`The execution did not end within ${limit} s`)),
      () => {},
    );
    const run = new ExecutionRun(deps, { claimed, token, plan, signal: stop.signal });
    await runInScope(backgroundScope(token === undefined ? {} : { token }), () => run.steps());
    end = { status: 'completed' };
  } catch (error) {
    if (error instanceof ExecutionLost || stop.signal.reason instanceof ExecutionLost) return;
    const cause = stop.signal.aborted ? stop.signal.reason : error;
    if (!(cause instanceof ExecutionStopped))
      log.error({ err: cause, execution_id: claimed.id }, 'execution failed unexpectedly');
    end = { status: 'failed', error: reasonOf(cause) };
  } finally {
    finished.abort();
  }
  await database.withTenant(claimed.tenant, (tx) =>
    endExecution(
      tx,
      { id: claimed.id, worker: claimed.worker, tenantId: claimed.tenant.tenantId },
      { ...end, now: clock.now() },
    ),
  );
}
