import { expect, it } from 'vitest';
import { readCsv } from './read-csv.ts';

it.each([
  [
    'a,b\r\n1,2\r\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['"a, ""b""",c\r\n', [['a, "b"', 'c']]],
  ['"two\nlines",\r\n', [['two\nlines', '']]],
  ['', []],
])('reads %j', (text, rows) => {
  expect(readCsv(text)).toEqual(rows);
});
