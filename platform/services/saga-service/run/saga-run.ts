import type { PublishEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import type { CallStep } from '../steps/call-step.ts';
import type { StepDefinition } from '../steps/step-definition.ts';
import type { Held, Journal } from '../store/journal.ts';
import type { SagaState, StepRow } from '../store/saga-row.ts';

export interface RunDeps {
  journal: Journal;
  callStep: CallStep;
  clock: Clock;
  publish: PublishEvent;
  log: Log;
}

export interface SagaStepProgress {
  definition: StepDefinition;
  row: StepRow;
}

/** The state of a saga while this process runs it. The rows follow what the journal records. */
export interface SagaProgress {
  saga: SagaState;
  steps: SagaStepProgress[];
}

/** An execution of a saga in this process. */
export interface SagaRun {
  readonly held: Held;
  /** Aborts when this process must not go on with the saga. */
  readonly abandon: AbortSignal;
  /** Aborts when the saga must end before its last step: StopRequested or SagaTimeout. */
  readonly stop: AbortController;
}
