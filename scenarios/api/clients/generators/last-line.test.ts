import { expect, it } from 'vitest';
import { lastLineOf } from './last-line.ts';

it('reads the last line of a program as JSON', () => {
  expect(lastLineOf('a warning\n{"written": 3}\n')).toEqual({ written: 3 });
});

it.each(['', 'Traceback', '{"written":'])('reports nothing for the output %j', (output) => {
  expect(lastLineOf(output)).toBeUndefined();
});
