import { z } from 'zod';
import type { SagaDefinition, StepDefinition } from '../run/step-definition.ts';

/** A saga that is ready to start; `input` is all a caller has to give. */
export interface Template extends SagaDefinition {
  type: string;
  title: string;
  /** Its fields are named in steps as `${input.field}`. */
  input: z.ZodObject;
  /** Fields of the input that are kept in memory only. */
  secretInput?: readonly string[];
  /** Type of the events that start it, once per user, with their data as input. Its steps need no token then. */
  trigger?: string;
  /** Most starts by one user within an hour. */
  perHour?: number;
}

/** A step that waits a minute for each of at most four attempts, unless it says otherwise. */
export function step(
  given: Pick<StepDefinition, 'step_id' | 'service' | 'action'> & Partial<StepDefinition>,
): StepDefinition {
  return { payload: {}, timeout: 60, retry_attempts: 3, optional: false, ...given };
}

export const airtableId = z.string().min(1).max(64);
export const tableName = z.string().min(1).max(255);
export const workspaceName = z.string().trim().min(1).max(200);
