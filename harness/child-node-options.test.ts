import { expect, it } from 'vitest';
import { childNodeOptions } from './child-node-options.ts';

it.each([
  [
    ['--import', 'file:///strip.mjs', '--disable-warning=X'],
    ['--import', 'file:///strip.mjs', '--disable-warning=X'],
  ],
  [['--import=file:///strip.mjs'], ['--import=file:///strip.mjs']],
  [['--input-type=module', '-e', 'startMeAgain()'], []],
  [['--eval', 'startMeAgain()', '--print', 'x', '--inspect=0', '--watch'], []],
  [[], []],
])('passes of %j to a child: %j', (given, expected) => {
  expect(childNodeOptions(given)).toEqual(expected);
});
