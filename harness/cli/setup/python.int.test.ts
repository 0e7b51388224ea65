import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isPythonSettled, providePython } from './python.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let root: string;
let bin: string;
let said: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-python-'));
  bin = mkdtempSync(join(tmpdir(), 'setup-python-bin-'));
  fakeCommand(bin, 'java', 'exit 0');
  said = [];
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(bin, { recursive: true, force: true });
});

const env = () => ({ PATH: `${bin}:/usr/bin:/bin` });
const provide = (path: string, mayInstall = true) =>
  providePython(root, { env: { PATH: path }, mayInstall, say: (line: string) => said.push(line) });
const libraries = () => join(root, '.tools', 'python', 'lib', 'python3.11', 'site-packages');
/** A Python whose `-m venv` makes a Python with the given pip. */
const fakePython = (pip: string) =>
  fakeCommand(
    bin,
    'python3',
    `mkdir -p "$3/bin"; printf '%s\\n' '#!/bin/sh' '${pip}' > "$3/bin/python"; chmod +x "$3/bin/python"`,
  );
/** A pip that installs its last argument, `name==version`. */
const installing = () =>
  `for last; do :; done; mkdir -p "${libraries()}/$(echo "$last" | sed s/==/-/).dist-info"`;
const failureOf = (name: string) => readFileSync(join(root, '.tools', `python-failed-${name}.txt`), 'utf8');

it('does nothing without Python', async () => {
  await provide(bin);
  expect(said).toEqual([]);
  expect(isPythonSettled(root, { PATH: bin })).toBe(true);
});

it('prints the commands when installing is turned off', async () => {
  fakeCommand(bin, 'python3', 'exit 0');
  await provide(env().PATH, false);
  expect(said).toEqual([
    expect.stringContaining('pip install pyairtable=='),
    expect.stringContaining('pip install openapi_python_client=='),
    expect.stringContaining('pip install schemathesis=='),
    expect.stringMatching(/pip install python_dateutil .*openapi_generator_cli==/),
  ]);
  expect(isPythonSettled(root, env())).toBe(false);
});

it('installs every package into a virtual environment of the clone', async () => {
  fakePython(installing());
  await provide(env().PATH);
  expect(isPythonSettled(root, env())).toBe(true);
  expect(said).toEqual([
    expect.stringContaining('Installing into .tools/python: pyairtable=='),
    expect.stringContaining('Installing into .tools/python: openapi_python_client=='),
    expect.stringContaining('Installing into .tools/python: schemathesis=='),
    expect.stringMatching(/Installing into \.tools\/python: python_dateutil .*openapi_generator_cli==/),
  ]);
});

it('leaves out a package without the program that it starts', async () => {
  fakeCommand(bin, 'python3', 'exit 0');
  rmSync(join(bin, 'java'));
  await provide(bin, false);
  expect(said.join()).toContain('pip install schemathesis==');
  expect(said.join()).not.toContain('openapi_generator_cli');
});

it('installs what an older environment lacks', async () => {
  fakePython(installing());
  await provide(env().PATH);
  for (const name of readdirSync(libraries()).filter((one) => one.startsWith('schemathesis')))
    rmSync(join(libraries(), name), { recursive: true });
  mkdirSync(join(libraries(), 'schemathesis-4.0.0.dist-info'));
  expect(isPythonSettled(root, env())).toBe(false);
  said = [];
  await provide(env().PATH);
  expect(said).toEqual([expect.stringContaining('Installing into .tools/python: schemathesis==')]);
  expect(isPythonSettled(root, env())).toBe(true);
});

it('keeps the other packages when one cannot be installed', async () => {
  fakePython(`case "$*" in *schemathesis*) echo no such version; exit 1;; esac; ${installing()}`);
  await provide(env().PATH);
  expect(isPythonSettled(root, env())).toBe(true);
  expect(said.join('\n')).toMatch(/^That failed; checks that use schemathesis will be unmeasured/m);
  expect(failureOf('schemathesis')).toContain('no such version');
  expect(failureOf('schemathesis')).toContain('pip install schemathesis==');
  expect(existsSync(join(root, '.tools', 'python-failed-pyairtable.txt'))).toBe(false);
});

it('tries only once and stores the reason of the failure', async () => {
  fakeCommand(bin, 'python3', 'echo ensurepip is not available >&2; exit 1');
  await provide(env().PATH);
  expect(existsSync(join(root, '.tools', 'python'))).toBe(false);
  expect(failureOf('pyairtable')).toContain('ensurepip is not available');
  const attempts = said.length;
  await provide(env().PATH);
  expect(said).toHaveLength(attempts);
});
