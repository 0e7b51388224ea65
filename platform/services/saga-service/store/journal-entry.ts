import type { SagaStatus, StepStatus } from '../../../contracts/saga-service/sagas.ts';
import type { SagaEvent } from './saga-row.ts';

export interface StepChange {
  position: number;
  status?: StepStatus;
  attempts?: number;
  result?: unknown;
  /** `null` removes an earlier error. */
  error?: string | null;
  started?: boolean;
  completed?: boolean;
}

/** An event and the changes of state that belong to it, recorded atomically. */
export interface JournalEntry {
  event: SagaEvent;
  saga?: { status: SagaStatus; error?: string | null };
  steps?: readonly StepChange[];
  /** Throws StopRequested and records nothing when the end of the saga was requested. */
  unlessStopped?: boolean;
}
