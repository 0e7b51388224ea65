import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

it.each([
  ['2', 2_000],
  ['0.5', 500],
  ['0', 0],
  ['-1', 0],
  ['Infinity', 0],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
  ['', 0],
  [undefined, 0],
])('reads %s as %d milliseconds', (header, ms) => {
  expect(retryAfterMs(header)).toBe(ms);
});
