import { z } from 'zod';
import type { SagaDefinition, StepDefinition } from '../steps/step-definition.ts';

/** A predefined saga. It needs nothing but its `input`. */
export interface Template extends SagaDefinition {
  type: string;
  title: string;
  /** Steps refer to its fields as `${input.field}`. */
  input: z.ZodObject;
  /** Fields of the input that are stored encrypted, and only until the saga has ended. */
  secretInput?: readonly string[];
  /**
   * Type of the events that start it, once per user, with their data as input. Its steps act with the grant of the event,
   * if that has one; the grant goes with the saga, so an event starts one template at most.
   */
  trigger?: string;
  /** Maximum number of starts per user and hour. */
  perHour?: number;
}

/** A step with defaults: at most four attempts of 60 s each. */
export function step(
  given: Pick<StepDefinition, 'step_id' | 'service' | 'action'> & Partial<StepDefinition>,
): StepDefinition {
  return { payload: {}, timeout: 60, retry_attempts: 3, optional: false, ...given };
}

export const airtableId = z.string().min(1).max(64);
export const tableName = z.string().min(1).max(255);
export const workspaceName = z.string().trim().min(1).max(200);
