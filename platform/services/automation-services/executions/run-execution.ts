import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';
import { type Backoff, backoffMs } from '../../../kit/service/backoff.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { raceAbort } from '../../../kit/service/race-abort.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { fillTemplate, type TemplateValues } from '../steps/fill-template.ts';
import type { LogLevel, StepOutcome } from '../steps/step-kind.ts';
import type { StepKinds } from '../steps/step-kinds.ts';
import {
  type BegunExecution,
  beginExecution,
  beginStep,
  type ExecutionEnd,
  ExecutionLost,
  endExecution,
  endStep,
  type Held,
  note,
} from './execution-progress.ts';

/** Most characters of JSON that a step's result may have. */
export const maxResultLength = 500_000;
/** Most characters that the results of one execution may have together. */
export const maxResultsLength = 5_000_000;

export interface RunDeps {
  database: Database;
  clock: Clock;
  kinds: StepKinds;
  log: Log;
}

/** Delays between the attempts of a step. */
const stepBackoff: Backoff = { firstMs: 1_000, maxMs: 30_000 };

/** Why an execution was stopped from outside; the message is for whoever reads it. */
export class ExecutionStopped extends Error {
  override readonly name = 'ExecutionStopped';
}

function reasonOf(error: unknown): string {
  if (error instanceof StepFailure || error instanceof ExecutionStopped) return error.message;
  return 'Something went wrong on our side.';
}

class Run {
  readonly #deps: RunDeps;
  readonly #held: Held;
  readonly #token: string | undefined;
  readonly #begun: BegunExecution;
  readonly #signal: AbortSignal;
  readonly #values: TemplateValues & { results: Map<number, unknown> };
  #resultsLength = 0;

  constructor(
    deps: RunDeps,
    parts: { held: Held; token: string | undefined; begun: BegunExecution; signal: AbortSignal },
  ) {
    this.#deps = deps;
    this.#held = parts.held;
    this.#token = parts.token;
    this.#begun = parts.begun;
    this.#signal = parts.signal;
    this.#values = { input: parts.begun.input, file: parts.begun.file, results: new Map() };
  }

  /** All steps in order, up to the first that fails and may not. */
  async steps(): Promise<void> {
    const { steps } = this.#begun;
    await this.#note('info', null, 'Execution started');
    let index = 0;
    while (index < steps.length) {
      const skip = await this.#step(index);
      const next = skip === 'rest' ? steps.length : Math.min(index + 1 + skip, steps.length);
      for (let left = index + 1; left < next; left += 1) await this.#end(left, { status: 'skipped' });
      index = next;
    }
  }

  /** @returns how many of the next steps to leave out */
  async #step(index: number): Promise<number | 'rest'> {
    const step = this.#begun.steps[index];
    if (step === undefined) throw new RangeError(`there is no step ${index}`);
    try {
      const { result, skip = 0, file } = await this.#attempts(index);
      this.#values.results.set(index, result);
      if (file !== undefined) this.#values.file = file;
      await this.#end(index, { status: 'completed', result });
      return skip;
    } catch (error) {
      if (error instanceof ExecutionLost) throw error;
      // Stopped: whatever the step threw, the reason for stopping is what counts, and the end records it.
      this.#signal.throwIfAborted();
      const reason = reasonOf(error);
      if (!(error instanceof StepFailure))
        this.#deps.log.error(
          { err: error, execution_id: this.#held.id, step: index },
          'a step failed unexpectedly',
        );
      await this.#end(index, { status: 'failed', error: reason });
      await this.#note('error', index, reason);
      if (step.continue_on_error) return 0;
      throw new ExecutionStopped(`Step ${index}${step.name ? ` (${step.name})` : ''} failed: ${reason}`);
    }
  }

  async #attempts(index: number): Promise<StepOutcome> {
    const attempts = this.#begun.maxRetries + 1;
    for (let attempt = 1; ; attempt += 1) {
      await beginStep(this.#deps.database, this.#held, { index, attempt, now: this.#deps.clock.now() });
      try {
        return await this.#attempt(index);
      } catch (error) {
        if (!(error instanceof StepFailure) || !error.retryable || attempt >= attempts) throw error;
        const wait = backoffMs(stepBackoff, attempt, { atLeastMs: error.retryAfterMs });
        await this.#note(
          'warn',
          index,
          `Attempt ${attempt} of ${attempts} failed: ${error.message}; the next in ${wait / 1000} s`,
        );
        await this.#deps.clock.sleep(wait, this.#signal);
      }
    }
  }

  async #attempt(index: number): Promise<StepOutcome> {
    const step = this.#begun.steps[index];
    const kind = step && this.#deps.kinds.get(step.type);
    if (step === undefined || kind === undefined)
      throw new StepFailure('this type of step does not exist any more');
    const filled = fillTemplate(step.config, this.#values, kind);
    const config = kind.config.safeParse(filled);
    if (!config.success) {
      const issue = config.error.issues[0];
      throw new StepFailure(`config.${issue?.path.join('.')}: ${issue?.message}`);
    }
    const { tenantId, userId } = this.#held.who;
    const outcome = await raceAbort(
      kind.run(config.data, {
        tenantId,
        userId,
        executionId: this.#held.id,
        token: this.#token,
        values: this.#values,
        signal: this.#signal,
        note: (level, message) => this.#note(level, index, message),
      }),
      this.#signal,
    );
    const length = storableJson(outcome.result).length;
    if (length > maxResultLength)
      throw new StepFailure(`the result is larger than ${maxResultLength} characters`);
    this.#resultsLength += length;
    if (this.#resultsLength > maxResultsLength)
      throw new StepFailure(`the results are larger than ${maxResultsLength} characters together`);
    return outcome;
  }

  #end(index: number, end: { status: 'completed' | 'failed' | 'skipped'; result?: unknown; error?: string }) {
    return endStep(this.#deps.database, this.#held, { index, now: this.#deps.clock.now(), ...end });
  }

  #note(level: LogLevel, step: number | null, message: string): Promise<void> {
    return note(this.#deps.database, this.#held, { at: this.#deps.clock.now(), level, step, message });
  }
}

/**
 * Runs an execution that is held by this process from its first step to its end. `stop` ends it early: aborted with
 * an ExecutionStopped it fails with that reason, aborted with an ExecutionLost nothing more is written.
 */
export async function runExecution(
  deps: RunDeps,
  { held, token, stop }: { held: Held; token: string | undefined; stop: AbortController },
): Promise<void> {
  const { database, clock, log } = deps;
  const finished = new AbortController();
  let end: Omit<ExecutionEnd, 'now'>;
  try {
    const begun = await beginExecution(database, held, clock.now());
    const limit = begun.timeoutS;
    clock.sleep(limit * 1000, finished.signal).then(
      () => stop.abort(new ExecutionStopped(`The execution did not end within ${limit} s`)),
      () => {},
    );
    const run = new Run(deps, { held, token, begun, signal: stop.signal });
    await runInScope(backgroundScope(token === undefined ? {} : { token }), () => run.steps());
    end = { status: 'completed' };
  } catch (error) {
    if (error instanceof ExecutionLost || stop.signal.reason instanceof ExecutionLost) return;
    const cause = stop.signal.aborted ? stop.signal.reason : error;
    if (!(cause instanceof ExecutionStopped))
      log.error({ err: cause, execution_id: held.id }, 'an execution failed unexpectedly');
    end = { status: 'failed', error: reasonOf(cause) };
  } finally {
    finished.abort();
  }
  await database.withTenant(held.who, (tx) =>
    endExecution(
      tx,
      { id: held.id, worker: held.worker, tenantId: held.who.tenantId },
      { ...end, now: clock.now() },
    ),
  );
}
