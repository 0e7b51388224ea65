import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPromtool } from './promtool.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'promtool-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('is found on the PATH, else where CI puts it', () => {
  const env = { PATH: join(root, 'bin') };
  expect(findPromtool(root, env)).toBeUndefined();
  const fetched = fakeCommand(join(root, '.tools'), 'promtool', '');
  expect(findPromtool(root, env)).toBe(fetched);
  const installed = fakeCommand(join(root, 'bin'), 'promtool', '');
  expect(findPromtool(root, env)).toBe(installed);
});
