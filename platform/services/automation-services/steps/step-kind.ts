import type { z } from 'zod';
import type { StepType } from '../../../contracts/automation-services/workflow-steps.ts';
import type { TemplateValues } from './fill-template.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a step gets in addition to its configuration. */
export interface StepContext {
  tenantId: string;
  /** The user of the execution. */
  userId: string;
  workspaceId: string;
  executionId: string;
  /** When the first attempt of the step began: the process that began it may have ended since. */
  startedAt: Date;
  /** Idempotency key of the step's effect: the same in every attempt. */
  key: string;
  /**
   * Calls with an access token of the user, limited to what the workflow needs.
   * @param what the call, for the reason of a failure
   * @throws StepFailure; AuthorityLost when the user may no longer do it
   */
  authorized<T>(what: string, call: (token: string) => Promise<T>): Promise<T>;
  values: TemplateValues;
  /**
   * Does a step within this one, once: a part that completed in an earlier attempt returns what it returned then.
   * @throws StepFailure; AuthorityLost
   */
  part(
    index: number,
    step: { type: StepType; config: Readonly<Record<string, unknown>> },
    loop?: TemplateValues['loop'],
  ): Promise<unknown>;
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
  /** Scopes that the step needs to act for a user, which it does unless undefined. Texts may have placeholders. */
  scopes?(
    config: Readonly<Record<string, unknown>>,
  ): Promise<readonly string[] | undefined> | readonly string[];
  /** Validates what the schema cannot. @throws StepFailure */
  check?(config: z.output<S>): Promise<void> | void;
  /** The field that `check` judges. Default: `expression`. */
  checkedField?: string;
  run(config: z.output<S>, context: StepContext): Promise<StepOutput>;
}

/** Declares a kind of step and infers the type of its configuration. */
export function stepKind<S extends z.ZodType>(kind: StepKind<S>): StepKind<S> {
  return kind;
}
