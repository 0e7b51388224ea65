import { describe, expect, it } from 'vitest';
import { toProblem } from './answer-problem.ts';

const databaseError = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('telling a caller about an error', () => {
  it.each([
    ['a zero character', '22021', 'invalid byte sequence for encoding "UTF8": 0x00'],
    ['an escaped zero character in JSON', '22P05', 'unsupported Unicode escape sequence'],
    ['half a surrogate pair in JSON', '22P02', 'invalid input syntax for type json'],
    ['JSON nested too deep', '54001', 'stack depth limit exceeded'],
  ])('says that %s cannot be stored', (_what, code, message) => {
    expect(toProblem(databaseError(code, message))).toMatchObject({ code: 'validation_failed', status: 422 });
  });

  it('keeps a fault of ours apart that has the same SQLSTATE', () => {
    const fault = databaseError('22P02', 'invalid input syntax for type uuid: "me"');
    expect(toProblem(fault)).toMatchObject({ code: 'internal', status: 500 });
  });
});
