import { expect } from 'vitest';
import { Problem } from '../../contracts/problem.ts';

/** Asserts that an answer is the error envelope with this status and code, and returns it. */
export function expectProblem(
  answer: { statusCode: number; json(): unknown },
  status: number,
  code: string,
): Problem {
  expect(answer.statusCode).toBe(status);
  const body = Problem.parse(answer.json());
  expect(body.error).toBe(code);
  return body;
}
