import type { z } from 'zod';
import type { SagaStart, SagaStep } from '../../../contracts/saga-service/sagas.ts';

/** A step as stored with its saga: the fields that a caller may set, and those that only templates set. */
export interface StepDefinition extends z.output<typeof SagaStep> {
  /** May call any route with the platform's own rights, so its payload must name the tenant and user. */
  trusted?: boolean;
  /** Required values in the response, by path. With other values the step has failed despite a successful response. */
  expect?: Readonly<Record<string, unknown>>;
  /** Top-level fields of the response that are stored; the others are secrets. Default: all. */
  keep?: readonly string[];
  /** Undo the step only if it created something: `created_at` and `updated_at` of the response are equal. */
  undo_only_if_created?: boolean;
}

/** The steps of a saga and how they run. */
export interface SagaDefinition {
  type: string | null;
  pattern: z.output<typeof SagaStart>['pattern'];
  steps: readonly StepDefinition[];
  /** Seconds. */
  timeout: number;
}

/** Type of the event that triggers a step of a choreographed saga. */
export function triggerOf(step: Pick<StepDefinition, 'on' | 'service'>, prefix: string): string {
  return step.on ?? `${prefix}${step.service}.execute`;
}
