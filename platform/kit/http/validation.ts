import type { z } from 'zod';
import type { FieldProblem } from '../../contracts/problem.ts';
import { ProblemError } from './problem.ts';

export type RequestPart = 'body' | 'query' | 'params' | 'headers';

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

const toLocPart = (key: PropertyKey) => (typeof key === 'number' ? key : String(key));

/** An unknown field is named like an invalid one: a misspelt name must be easy to find. */
function toFieldProblems(part: RequestPart, issue: z.core.$ZodIssue, input: unknown): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const { code, keys } = issue;
    return keys.map((key) => ({
      type: code,
      loc: [part, ...issue.path.map(toLocPart), key],
      msg: 'Unknown field',
    }));
  }
  const path = issue.path.map(toLocPart);
  const missing = issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined;
  return [
    {
      type: missing ? 'missing' : issue.code,
      loc: [part, ...path],
      msg: missing ? 'Field required' : issue.message,
    },
  ];
}

/** Maximum number of problems in one response: an invalid bulk request must not cause a huge one. */
const maxDetails = 50;

/**
 * Parses one part of a request.
 * @throws ProblemError `validation_failed` with the path of every invalid field.
 */
export function parsePart<S extends z.ZodType>(part: RequestPart, schema: S, input: unknown): z.output<S> {
  let result: ReturnType<S['safeParse']>;
  try {
    result = schema.safeParse(input) as ReturnType<S['safeParse']>;
  } catch (error) {
    // A recursive schema exhausts the stack on a value nested thousands of levels deep: an error of the caller.
    if (error instanceof RangeError) {
      throw new ProblemError('validation_failed', {
        details: [{ type: 'too_deep', loc: [part], msg: 'Nested too deeply' }],
        cause: error,
      });
    }
    throw error;
  }
  if (result.success) return result.data as z.output<S>;
  throw new ProblemError('validation_failed', {
    details: result.error.issues
      .slice(0, maxDetails)
      .flatMap((issue) => toFieldProblems(part, issue, input))
      .slice(0, maxDetails),
  });
}
