import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  said = [];
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(bin, { recursive: true, force: true });
});

const env = () => ({ PATH: `${bin}:/usr/bin:/bin` });
const provide = (path: string, mayInstall = true) =>
  providePython(root, { env: { PATH: path }, mayInstall, say: (line: string) => said.push(line) });

it('does nothing without Python', async () => {
  await provide(bin);
  expect(said).toEqual([]);
  expect(isPythonSettled(root, { PATH: bin })).toBe(true);
});

it('prints the command when installing is turned off', async () => {
  fakeCommand(bin, 'python3', 'exit 0');
  await provide(env().PATH, false);
  expect(said.join()).toContain('pip install pyairtable==');
  expect(isPythonSettled(root, env())).toBe(false);
});

it('creates a virtual environment in the clone', async () => {
  fakeCommand(
    bin,
    'python3',
    'mkdir -p "$3/bin"; printf "#!/bin/sh\\nexit 0\\n" > "$3/bin/python"; chmod +x "$3/bin/python"',
  );
  await provide(env().PATH);
  expect(isPythonSettled(root, env())).toBe(true);
  expect(said).toHaveLength(1);
});

it('tries only once and stores the reason of the failure', async () => {
  fakeCommand(bin, 'python3', 'echo ensurepip is not available >&2; exit 1');
  await provide(env().PATH);
  expect(existsSync(join(root, '.tools', 'python'))).toBe(false);
  expect(readFileSync(join(root, '.tools', 'python-failed.txt'), 'utf8')).toContain(
    'ensurepip is not available',
  );
  await provide(env().PATH);
  expect(said.filter((line) => line.startsWith('Installing'))).toHaveLength(1);
});
