import type { z } from 'zod';
import type { StepType } from '../../../contracts/automation-services/workflow-steps.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import type { TemplateValues } from './fill-template.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a step gets in addition to its configuration. */
export interface StepContext {
  tenantId: string;
  /** The user of the execution. */
  userId: string;
  executionId: string;
  /** Access token of the user; undefined when a schedule or an event started the execution. */
  token: string | undefined;
  values: TemplateValues;
  /** Aborts at the timeout of the execution, when it is cancelled, and when the process stops. */
  signal: AbortSignal;
  /** Writes to the execution's log. */
  log(level: LogLevel, message: string): Promise<void>;
}

export interface StepOutput {
  /** JSON that later steps refer to. */
  result: unknown;
  /** How many of the next steps to skip. */
  skip?: number | 'rest';
  /** The file of the execution for later steps. */
  file?: { id: string; name: string; content: string };
}

/** One kind of step: its configuration and what it does. `run` throws StepFailure when the step fails. */
export interface StepKind<S extends z.ZodType = z.ZodType> {
  types: readonly StepType[];
  config: S;
  /** Fields in which inserted text is percent-encoded. */
  urlFields?: readonly string[];
  /** Fields that are not filled in. */
  literalFields?: readonly string[];
  /** Validates what the schema cannot. @throws StepFailure */
  check?(config: z.output<S>): Promise<void>;
  run(config: z.output<S>, context: StepContext): Promise<StepOutput>;
}

/** Declares a kind of step and infers the type of its configuration. */
export function stepKind<S extends z.ZodType>(kind: StepKind<S>): StepKind<S> {
  return kind;
}

/** The user's access token. @throws StepFailure when the execution has none */
export function requireToken({ token }: StepContext, what: string): string {
  if (token !== undefined) return token;
  throw new StepFailure(
    `${what} needs the rights of a user. An execution started by a schedule or an event has none: start the workflow manually or through the API`,
  );
}
