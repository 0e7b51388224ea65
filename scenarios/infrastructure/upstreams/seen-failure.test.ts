import { expect, it } from 'vitest';
import { leaksOf } from './seen-failure.ts';

const seen = (text: string) => ({ outcome: '500', retryAfterS: 0, tookMs: 1, text, json: undefined });

it.each([
  ['a stack trace', 'Error\n    at send (file:///app/gateway.mjs:10:3)'],
  ['a path of the program', '{"message":"at open-upstream.ts:12"}'],
  ['the class of an error', 'TypeError: x is not a function'],
  ['a secret', 'pat123'],
])('finds %s in a response', (_what, text) => {
  expect(leaksOf('failing', seen(text), ['pat123'])).toHaveLength(1);
});

it('finds nothing in an error that says what to do', () => {
  const text =
    '{"error":{"type":"BAD_GATEWAY","message":"The service behind the gateway could not be reached."}}';
  expect(leaksOf('failing', seen(text), ['pat123'])).toEqual([]);
});
