import type { z } from 'zod';
import type { StepType } from '../../../contracts/automation-services/workflow-steps.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import type { TemplateValues } from './fill-template.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a step is given beside its configuration. */
export interface StepContext {
  tenantId: string;
  /** Who is acted for. */
  userId: string;
  executionId: string;
  /** Access token of who runs the workflow; absent when a schedule or an event started it. */
  token: string | undefined;
  values: TemplateValues;
  /** Aborts at the execution's time limit, when it is cancelled, and when the process stops. */
  signal: AbortSignal;
  note(level: LogLevel, message: string): Promise<void>;
}

export interface StepOutcome {
  /** JSON; other steps refer to it. */
  result: unknown;
  /** How many of the next steps to leave out. */
  skip?: number | 'rest';
  /** Text of the execution's file from here on. */
  file?: { id: string; name: string; content: string };
}

/** One type of step: what configures it and what it does. Throws StepFailure when it cannot do its work. */
export interface StepKind<S extends z.ZodType = z.ZodType> {
  types: readonly StepType[];
  config: S;
  /** Fields in which inserted text is percent-encoded. */
  urlFields?: readonly string[];
  /** Fields in which nothing is inserted. */
  asIsFields?: readonly string[];
  /** What the schema cannot tell. @throws StepFailure */
  check?(config: z.output<S>): Promise<void>;
  run(config: z.output<S>, context: StepContext): Promise<StepOutcome>;
}

/** Declares a kind, keeping the type of its configuration. */
export function stepKind<S extends z.ZodType>(kind: StepKind<S>): StepKind<S> {
  return kind;
}

/** The token, or the sentence that says why there is none. */
export function requireToken({ token }: StepContext, what: string): string {
  if (token !== undefined) return token;
  throw new StepFailure(
    `${what} needs the rights of a user, which executions started by a schedule or an event do not have: run the workflow by hand or through the API`,
  );
}
