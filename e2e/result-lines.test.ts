import type { TestCase, TestResult } from '@playwright/test/reporter';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import ResultLines from './result-lines.ts';

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

const caseWith = (retries: number) =>
  ({
    id: 't',
    tags: ['@frontend.x'],
    title: 'X',
    retries,
    expectedStatus: 'passed',
    parent: { project: () => ({ name: 'desktop' }) },
  }) as unknown as TestCase;
const resultWith = (status: TestResult['status'], retry: number, attached: string) =>
  ({
    status,
    retry,
    duration: 5,
    steps: [],
    errors: status === 'passed' ? [] : [{ message: `error of try ${retry}` }],
    attachments: [{ name: attached, path: `/${attached}`, contentType: 'x' }],
  }) as unknown as TestResult;

function linesFor(retries: number, ...results: TestResult[]) {
  const reporter = new ResultLines();
  for (const result of results) reporter.onTestEnd(caseWith(retries), result);
  return printed.map((line) => JSON.parse(line.replace('@@e2e ', '')));
}

it('prints a result as soon as its test has ended', () => {
  expect(linesFor(0, resultWith('failed', 0, 'trace'))).toEqual([
    expect.objectContaining({ status: 'failed', attachments: [{ name: 'trace', path: '/trace' }] }),
  ]);
});

it('keeps a failure that its repetition does not show, with the video of that', () => {
  const lines = linesFor(1, resultWith('failed', 0, 'trace'), resultWith('passed', 1, 'video'));
  expect(lines).toEqual([
    expect.objectContaining({
      status: 'failed',
      errors: ['error of try 0'],
      attachments: [
        { name: 'trace', path: '/trace' },
        { name: 'video', path: '/video' },
      ],
    }),
  ]);
});

it('does not wait for a repetition of a test that passed or was interrupted', () => {
  expect(linesFor(1, resultWith('passed', 0, 'a'))).toHaveLength(1);
  expect(linesFor(1, resultWith('interrupted', 0, 'a'))).toHaveLength(2);
});
