import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findChromium } from './chromium.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chromium-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function download(revision: number, { complete }: { complete: boolean }): string {
  const home = join(folder, 'cache', `chromium-${revision}`);
  const program = fakeCommand(join(home, 'chrome-linux64'), 'chrome', '');
  if (complete) writeFileSync(join(home, 'INSTALLATION_COMPLETE'), '');
  return program;
}

test('prefers READINESS_CHROMIUM to the PATH', () => {
  const chosen = fakeCommand(join(folder, 'own'), 'browser', '');
  fakeCommand(join(folder, 'bin'), 'chromium', '');
  expect(findChromium({ PATH: join(folder, 'bin'), READINESS_CHROMIUM: chosen })).toBe(chosen);
});

test('finds no browser when READINESS_CHROMIUM is not executable', () => {
  fakeCommand(join(folder, 'bin'), 'chromium', '');
  const env = { PATH: join(folder, 'bin'), READINESS_CHROMIUM: join(folder, 'nothing') };
  expect(findChromium(env)).toBeUndefined();
});

test.each(['chromium', 'chromium-browser', 'google-chrome'])('finds %s on the PATH', (name) => {
  const file = fakeCommand(join(folder, 'bin'), name, '');
  expect(findChromium({ PATH: join(folder, 'bin') })).toBe(file);
});

test('ignores the placeholder script of a missing snap', () => {
  fakeCommand(join(folder, 'bin'), 'chromium-browser', 'test -x /snap/bin/chromium || exit 1');
  const env = { PATH: join(folder, 'bin'), PLAYWRIGHT_BROWSERS_PATH: join(folder, 'cache') };
  expect(findChromium(env)).toBeUndefined();
});

test('uses the newest complete download of Playwright', () => {
  download(999, { complete: true });
  const newest = download(1255, { complete: true });
  download(1300, { complete: false });
  expect(findChromium({ PATH: '', PLAYWRIGHT_BROWSERS_PATH: join(folder, 'cache') })).toBe(newest);
});

test('ignores other browsers that Playwright downloaded', () => {
  const program = join(folder, 'cache', 'firefox-1500', 'firefox', 'firefox');
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, '');
  expect(findChromium({ PATH: '', PLAYWRIGHT_BROWSERS_PATH: join(folder, 'cache') })).toBeUndefined();
});
