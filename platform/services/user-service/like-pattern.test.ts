import { expect, it } from 'vitest';
import { likePattern } from './like-pattern.ts';

it.each([
  ['ada', '%ada%'],
  ['100%', String.raw`%100\%%`],
  ['a_b', String.raw`%a\_b%`],
  [String.raw`a\b`, String.raw`%a\\b%`],
])('matches %s literally', (text, pattern) => {
  expect(likePattern(text)).toBe(pattern);
});
