import type { z } from 'zod';
import type { SagaStart, SagaStep } from '../../../contracts/saga-service/sagas.ts';

/** What a step does, as it is stored with its saga. Beyond what callers may say it has what only templates say. */
export interface StepDefinition extends z.output<typeof SagaStep> {
  /** May call any route, with the platform's own rights. Its payload must bind whom it concerns itself. */
  trusted?: boolean;
  /** Paths in the answer and the values they must have; else the step has failed, although the peer answered. */
  expect?: Readonly<Record<string, unknown>>;
  /** Top-level fields of the answer that are stored; the others are secrets. Default all. */
  keep?: readonly string[];
  /** Undone only when the answer shows that the step created something: `created_at` and `updated_at` are equal. */
  undo_only_if_created?: boolean;
}

/** What a saga is to do. */
export interface SagaDefinition {
  type: string | null;
  pattern: z.output<typeof SagaStart>['pattern'];
  steps: readonly StepDefinition[];
  /** Seconds. */
  timeout: number;
}

/** Type of the event that sets off a step of a choreographed saga. */
export function triggerOf(step: Pick<StepDefinition, 'on' | 'service'>, prefix: string): string {
  return step.on ?? `${prefix}${step.service}.execute`;
}
