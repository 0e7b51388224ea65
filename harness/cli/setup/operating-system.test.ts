import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { operatingSystem } from './operating-system.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'operating-system-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each(['apt-get', 'dnf', 'pacman', 'apk', 'brew'])('recognises the package manager %s', (name) => {
  fakeCommand(folder, name, '');
  expect(operatingSystem({ PATH: folder }, '').packageManager).toBe(name);
});

test('has no package manager on an unknown system', () => {
  expect(operatingSystem({ PATH: folder }, '').packageManager).toBeUndefined();
});

test.each([
  ['ID=ubuntu\nID_LIKE=debian', true],
  ['NAME="Ubuntu"\nID="ubuntu"', true],
  ['ID=debian', false],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"', false],
  ['', false],
])('%j has Chromium as a snap: %s', (osRelease, expected) => {
  expect(operatingSystem({ PATH: folder }, osRelease).chromiumIsSnap).toBe(expected);
});
