import { describe, expect, it } from 'vitest';
import { toProblem } from './problem-response.ts';

const databaseError = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('toProblem', () => {
  it.each([
    ['a NUL character', '22021', 'invalid byte sequence for encoding "UTF8": 0x00'],
    ['an escaped NUL character in JSON', '22P05', 'unsupported Unicode escape sequence'],
    ['an unpaired surrogate in JSON', '22P02', 'invalid input syntax for type json'],
    ['JSON nested too deeply', '54001', 'stack depth limit exceeded'],
  ])('reports that %s cannot be stored', (_what, code, message) => {
    expect(toProblem(databaseError(code, message))).toMatchObject({ code: 'validation_failed', status: 422 });
  });

  it('reports our own error with the same SQLSTATE as internal', () => {
    const error = databaseError('22P02', 'invalid input syntax for type uuid: "me"');
    expect(toProblem(error)).toMatchObject({ code: 'internal', status: 500 });
  });
});
