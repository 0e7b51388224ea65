import { expect, it } from 'vitest';
import { acceptedFraming } from './accepted-framing.ts';

it.each([
  [undefined, true, true],
  ['', true, true],
  ['*/*', true, true],
  ['application/json, text/event-stream', true, true],
  ['application/json', true, false],
  ['Application/JSON; charset=utf-8', true, false],
  ['text/event-stream', false, true],
  ['application/*', true, false],
  ['text/html, */*;q=0.8', true, true],
  ['*/*, text/event-stream;q=0', true, false],
  ['text/html', false, false],
])('reads which framings %j accepts', (accept, json, stream) => {
  expect(acceptedFraming(accept)).toEqual({ json, stream });
});
