import type { PublishEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import type { Journal, Lease } from '../store/journal.ts';
import type { SagaState, StepRow } from '../store/saga-row.ts';
import type { CallStep } from './call-step.ts';
import type { Slot } from './slots.ts';
import type { StepDefinition } from './step-definition.ts';

export interface RunnerDeps {
  journal: Journal;
  callStep: CallStep;
  clock: Clock;
  publish: PublishEvent;
  log: Log;
  /** Aborts when the process ends: what is under way may end, nothing new begins. */
  closing: AbortSignal;
}

/** A saga as it stands while this process runs it; rows follow what is recorded. */
export interface Progress {
  saga: SagaState;
  steps: { definition: StepDefinition; row: StepRow }[];
}

/** What only the process that took a start knows of it; gone with the process. */
export interface Secrets {
  /** Access token of who started the saga. */
  token: string | undefined;
  /** Fields of the input that are not stored. */
  input: Readonly<Record<string, unknown>>;
}

/** A saga in the hands of this process. */
export interface Run {
  readonly lease: Lease;
  readonly secrets: Secrets;
  /** True when it was taken over from a process that ended. */
  readonly resumed: boolean;
  /** Its place among the sagas at work; given up while it waits for an event. */
  readonly slot: Slot;
  /** Aborts when this process must let go of it: LeaseLost or Stopping. */
  readonly gone: AbortController;
  /** Aborts when it is to end before its last step: StopRequested or SagaTimeout. */
  readonly stop: AbortController;
  /** Resolves at the next news about it: an event it may wait for, or a request to end. */
  nextWake(): Promise<void>;
  wake(): void;
}

export function createRun(options: Pick<Run, 'lease' | 'secrets' | 'resumed' | 'slot'>): Run {
  let next = Promise.withResolvers<void>();
  return {
    ...options,
    gone: new AbortController(),
    stop: new AbortController(),
    nextWake: () => next.promise,
    wake() {
      next.resolve();
      next = Promise.withResolvers<void>();
    },
  };
}
