import { expect, it } from 'vitest';
import { isExactNumber, parseExactJson } from './exact-json.ts';

it.each([
  '9007199254740993',
  '-12345678901234567891',
  '0.12345678901234567891',
  '1.00000000000000000001',
  '1e400',
  '123456789012345678901e-3',
])('keeps the digits of %s', (number) => {
  const [value] = parseExactJson(`[${number}]`) as unknown[];
  expect(isExactNumber(value) && value.rawJSON).toBe(number);
  expect(JSON.stringify(parseExactJson(`{"a":[${number}]}`))).toBe(`{"a":[${number}]}`);
});

it.each([
  '9007199254740992',
  '0.1',
  '1.50',
  '1e3',
  '-0',
  '0.000000000000000000',
  '1E-7',
  '100000000000000000000',
])('parses %s as a number', (number) => {
  expect(parseExactJson(`[${number}]`)).toEqual([Number(number)]);
});

it('rejects what is not JSON', () => {
  expect(() => parseExactJson('[12345678901234567890,]')).toThrow(SyntaxError);
});
