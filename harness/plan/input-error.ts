import type { z } from 'zod';
import type { ErrorCode } from '../errors/error-table.ts';
import { ReadinessError } from '../errors/readiness-error.ts';

/** One problem of an input, and how to fix it. */
export interface Problem {
  what: string;
  mend: string;
}

/**
 * Reports all problems of one input together, so a user can fix them in one pass.
 * @throws ReadinessError with the given code if there is any problem.
 */
export function refuseOn(problems: readonly Problem[], options: { code: ErrorCode; subject: string }): void {
  const [first] = problems;
  if (!first) return;
  const message =
    problems.length === 1
      ? `${options.subject}: ${first.what}`
      : `${options.subject} has ${problems.length} problems:\n${problems.map(({ what }) => `- ${what}`).join('\n')}`;
  const hint = [...new Set(problems.map(({ mend }) => mend))].join('\n');
  throw new ReadinessError(options.code, message, { hint });
}

/**
 * Parses untrusted data with its schema.
 * @throws ReadinessError that names every invalid field by its path.
 */
export function readThrough<S extends z.ZodType>(
  schema: S,
  value: unknown,
  options: { code: ErrorCode; subject: string; mend: string },
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    what: `${issue.path.map(String).join('.') || '(top level)'}: ${issue.message}`,
    mend: options.mend,
  }));
  refuseOn(problems, options);
  throw parsed.error;
}
