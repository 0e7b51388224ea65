import type { PublishEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import type { CallStep } from '../steps/call-step.ts';
import type { StepDefinition } from '../steps/step-definition.ts';
import type { Journal, Lease } from '../store/journal.ts';
import type { SagaState, StepRow } from '../store/saga-row.ts';
import type { Slot } from './slot.ts';

export interface RunDeps {
  journal: Journal;
  callStep: CallStep;
  clock: Clock;
  publish: PublishEvent;
  log: Log;
  /** Aborts when the process ends: running calls may finish, no new ones begin. */
  closing: AbortSignal;
}

/** The state of a saga while this process runs it. The rows follow what the journal records. */
export interface SagaProgress {
  saga: SagaState;
  steps: { definition: StepDefinition; row: StepRow }[];
}

/** Secrets of a saga, kept in the memory of the process that started it and lost with that process. */
export interface SagaSecrets {
  /** Access token of the user who started the saga. */
  token: string | undefined;
  /** Fields of the input that are not stored. */
  input: Readonly<Record<string, unknown>>;
}

/** A saga that this process runs. */
export interface SagaRun {
  readonly lease: Lease;
  readonly secrets: SagaSecrets;
  /** True when this process took the saga over from one that ended. */
  readonly resumed: boolean;
  /** Its share of the concurrency limit; released while the saga waits for an event. */
  readonly slot: Slot;
  /** Aborts when this process must abandon the saga: LeaseLost or Stopping. */
  readonly abandon: AbortController;
  /** Aborts when the saga must end before its last step: StopRequested or SagaTimeout. */
  readonly stop: AbortController;
  /** Resolves at the next notification about the saga: an event or a request to end. */
  nextWake(): Promise<void>;
  wake(): void;
}

export function createSagaRun(options: Pick<SagaRun, 'lease' | 'secrets' | 'resumed' | 'slot'>): SagaRun {
  let next = Promise.withResolvers<void>();
  return {
    ...options,
    abandon: new AbortController(),
    stop: new AbortController(),
    nextWake: () => next.promise,
    wake() {
      next.resolve();
      next = Promise.withResolvers<void>();
    },
  };
}
