import { expect, it } from 'vitest';
import { isBrowserFailure, parseResultLine } from './browser-test.ts';

it('reads a result, and ignores other output', () => {
  const result = {
    type: 'result',
    tags: ['@frontend.x'],
    title: 'X',
    status: 'passed',
    durationMs: 5,
    steps: { opens: 'done' },
    observed: { pages: 3 },
    errors: [],
    attachments: [],
  };
  expect(parseResultLine(`@@e2e ${JSON.stringify(result)}`)).toEqual(result);
  expect(parseResultLine('Running 3 tests')).toBeUndefined();
});

it('rejects a report of another form', () => {
  expect(() => parseResultLine('@@e2e {"type":"result"}')).toThrow();
});

it('tells a failing browser from a failing page', () => {
  expect(isBrowserFailure({ errors: ['browserType.launch: Failed to launch chromium'] })).toBe(true);
  expect(isBrowserFailure({ errors: ['expect(locator).toBeVisible() failed'] })).toBe(false);
});
