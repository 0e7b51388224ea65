import { expect } from 'vitest';
import { Problem } from '../../contracts/problem.ts';

/** Asserts that a response is an error envelope with this status and code. Returns the envelope. */
export function expectProblem(
  response: { statusCode: number; json(): unknown },
  status: number,
  code: string,
): Problem {
  expect(response.statusCode).toBe(status);
  const body = Problem.parse(response.json());
  expect(body.error).toBe(code);
  return body;
}
