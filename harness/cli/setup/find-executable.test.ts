import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findExecutable } from './find-executable.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'find-executable-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('prefers the first name to the first folder', () => {
  fakeCommand(join(folder, 'a'), 'second', '');
  const file = fakeCommand(join(folder, 'b'), 'first', '');
  const env = { PATH: `${join(folder, 'a')}:${join(folder, 'b')}` };
  expect(findExecutable(['first', 'second'], env)).toBe(file);
});

test('ignores folders and files without the executable bit', () => {
  mkdirSync(join(folder, 'directory'));
  writeFileSync(join(folder, 'plain'), '');
  expect(findExecutable(['directory', 'plain'], { PATH: folder })).toBeUndefined();
});

test('does not search the working directory when PATH is empty', () => {
  expect(findExecutable(['package.json', 'sh'], { PATH: '' })).toBeUndefined();
  expect(findExecutable(['sh'], {})).toBeUndefined();
});
