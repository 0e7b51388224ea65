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

test('the first name wins over the first folder', () => {
  fakeCommand(join(folder, 'a'), 'second', '');
  const file = fakeCommand(join(folder, 'b'), 'first', '');
  const env = { PATH: `${join(folder, 'a')}:${join(folder, 'b')}` };
  expect(findExecutable(['first', 'second'], env)).toBe(file);
});

test('folders and files without the executable bit are no commands', () => {
  mkdirSync(join(folder, 'directory'));
  writeFileSync(join(folder, 'plain'), '');
  expect(findExecutable(['directory', 'plain'], { PATH: folder })).toBeUndefined();
});

test('an empty PATH does not mean the working directory', () => {
  expect(findExecutable(['package.json', 'sh'], { PATH: '' })).toBeUndefined();
  expect(findExecutable(['sh'], {})).toBeUndefined();
});
