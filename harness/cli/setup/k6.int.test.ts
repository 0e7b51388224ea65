import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findK6, findRecentGo, provideK6 } from './k6.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k6-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = (mayInstall = true) => ({
  env: { PATH: join(folder, 'bin') },
  mayInstall,
  say: (line: string) => void said.push(line),
  signal: new AbortController().signal,
});

function fakeGo(version: string, install: string): void {
  fakeCommand(
    join(folder, 'bin'),
    'go',
    `case $1 in version) echo "go version go${version} linux/amd64";; env) echo; echo direct;; install) ${install};; esac`,
  );
}

test.each([
  ['1.25.0', true],
  ['1.26rc1', true],
  ['2.0', true],
  ['1.24.9', false],
  ['1.9', false],
])('Go %s can build it: %s', (version, expected) => {
  fakeGo(version, 'exit 1');
  expect(findRecentGo({ PATH: join(folder, 'bin') }) !== undefined).toBe(expected);
});

test('it is built into the tools folder, leaving nothing else behind', async () => {
  fakeGo('1.26.8', '/bin/mkdir -p "$GOBIN" && echo >"$GOBIN/k6" && /bin/chmod +x "$GOBIN/k6"');
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBe(join(folder, '.tools', 'k6'));
  expect(existsSync(join(folder, '.tools', 'k6-build'))).toBe(false);
  expect(said).toEqual([expect.stringMatching(/^Building k6 .*80 s/)]);
});

test('a build that fails leaves it missing and says why', async () => {
  fakeGo('1.26.8', 'echo "dial tcp: no route" >&2; exit 1');
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBeUndefined();
  expect(said[1]).toMatch(/unmeasured:\ndial tcp: no route/);
});

test('without Go, or with installing turned off, the way to get it is printed', async () => {
  await provideK6(folder, options());
  fakeGo('1.26.8', 'exit 1');
  await provideK6(folder, options(false));
  expect(said).toEqual([
    expect.stringMatching(/^Missing: k6.*install k6 \(https.*go install go\.k6\.io\/k6@/),
    expect.stringMatching(/^Missing: k6.*To get it: GOBIN="\$PWD\/\.tools" go install go\.k6\.io\/k6@/),
  ]);
});

test('one on the PATH is taken as it is', async () => {
  const own = fakeCommand(join(folder, 'bin'), 'k6', '');
  await provideK6(folder, options());
  expect(findK6(folder, options().env)).toBe(own);
  expect(said).toEqual([]);
});
