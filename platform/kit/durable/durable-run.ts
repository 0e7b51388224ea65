import { backoffMs } from '../service/backoff.ts';
import type { Clock } from '../service/clock.ts';
import { StepFailure } from '../service/step-failure.ts';
import { isStoreFailure } from '../service/store-failure.ts';
import type { Attempt, DurableRun, Remembered, StepOptions } from './durable.ts';
import type { Engine } from './engine.ts';

/** Delays while a store is away. */
const storeAway = { firstMs: 250, maxMs: 2_000, jitter: 0.2 };

/** What the engine stores of a step. The reason of a failure may hold a tenant's data and is not stored. */
type Outcome = { ok: Remembered } | { failed: true };

export interface RunDeps {
  engine: Engine;
  clock: Clock;
  /** Aborts when this process must not go on. */
  stopping: AbortSignal;
}

/** A promise for work that another process continues. */
export const never = (): Promise<never> => new Promise(() => undefined);

/** The functions of the run that the engine currently executes. */
export function createDurableRun({ engine, clock, stopping }: RunDeps, id: string): DurableRun {
  const { DBOS } = engine;

  function attemptSignal(): AbortSignal {
    const cancelled = DBOS.stepStatus?.cancelSignal;
    return cancelled === undefined ? stopping : AbortSignal.any([stopping, cancelled]);
  }

  /** Tries again while a store is away and while a failure may pass. */
  async function tryOften<T>(work: (attempt: Attempt) => Promise<T>, options: StepOptions): Promise<T> {
    const { retries = 0, firstDelayMs = 1_000, maxDelayMs = 30_000 } = options;
    const signal = attemptSignal();
    let failed = 0;
    let away = 0;
    for (;;) {
      try {
        signal.throwIfAborted();
        return await work({ number: failed + 1, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        if (isStoreFailure(error)) {
          away += 1;
          await clock.sleep(backoffMs(storeAway, away), signal);
          continue;
        }
        failed += 1;
        if (!(error instanceof StepFailure) || !error.retryable || failed > retries) throw error;
        const limits = { firstMs: firstDelayMs, maxMs: maxDelayMs };
        await clock.sleep(backoffMs(limits, failed, { atLeastMs: error.retryAfterMs }), signal);
      }
    }
  }

  const run: DurableRun = {
    id,
    signal: stopping,
    key: (name) => `${id}:${name}`,

    async step(name, work, options = {}) {
      let reason: unknown;
      const outcome = await DBOS.runStep(
        async (): Promise<Outcome> => {
          try {
            return { ok: await tryOften(work, options) };
          } catch (error) {
            if (stopping.aborted) return never();
            if (!(error instanceof StepFailure)) throw error;
            reason = error;
            return { failed: true };
          }
        },
        { name },
      );
      if ('ok' in outcome) return outcome.ok as Awaited<ReturnType<typeof work>>;
      throw reason ?? new StepFailure(`step ${name} failed before this process took the run over`);
    },

    async now(name) {
      return new Date(await run.step(name, async () => clock.now().getTime()));
    },

    async sleep(name, ms) {
      const until = await run.step(`${name}:until`, async () => clock.now().getTime() + ms);
      await run.step(name, async ({ signal }) => {
        const left = until - clock.now().getTime();
        if (left > 0) await clock.sleep(left, signal);
      });
    },

    async wait(topic, timeoutMs) {
      const message = await DBOS.recv<string>(topic, { timeoutSeconds: timeoutMs / 1000 });
      return stopping.aborted ? never() : (message ?? undefined);
    },
  };
  return run;
}
