// @ts-check
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from './find-executable.mjs';
import { commandOutput, lastLines, runCommand } from './run-command.mjs';

/** The client that checks use, pinned: what it sends is part of what is measured. */
const pyairtable = 'pyairtable==3.5.0.post1';

/** @param {string} root */
const environmentOf = (root) => join(root, '.tools', 'python');
/** The Python of the clone's own environment, which has pip. @param {string} root */
export const environmentPython = (root) => join(environmentOf(root), 'bin', 'python');
/** Says that it was tried in vain, so that not every command tries again. @param {string} root */
const failureOf = (root) => join(root, '.tools', 'python-failed.txt');

/**
 * Whether there is nothing left to do: pyairtable is there, or there is no Python to put it in, or it was
 * tried in vain before. Without Python only the checks that use it stay unmeasured.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export function isPythonSettled(root, env) {
  return (
    existsSync(environmentPython(root)) ||
    findExecutable(['python3'], env) === undefined ||
    existsSync(failureOf(root))
  );
}

/**
 * Whether an environment is still to be made and Python, or the part of it that makes environments, is missing:
 * Debian packs that part separately.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export function lacksVenv(root, env) {
  if (existsSync(environmentPython(root))) return false;
  const python = findExecutable(['python3'], env);
  return (
    python === undefined ||
    commandOutput(python, ['-I', '-c', 'import ensurepip, venv'], { env }) === undefined
  );
}

/** Lets the next setup try again. @param {string} root */
export function forgetPythonFailure(root) {
  rmSync(failureOf(root), { force: true });
}

/** The command that makes pyairtable available by hand. */
export function manualPythonCommand() {
  return `python3 -m venv .tools/python && .tools/python/bin/pip install ${pyairtable}`;
}

/**
 * Puts pyairtable into an environment of the clone's own where Python is.
 *
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 */
export async function providePython(root, { env, mayInstall, say }) {
  if (isPythonSettled(root, env)) return;
  const python = findExecutable(['python3'], env);
  if (python === undefined) return;
  if (!mayInstall) {
    say(`Missing: pyairtable. Its checks will be unmeasured. To get it: ${manualPythonCommand()}`);
    return;
  }
  say(`Installing into .tools/python: ${pyairtable}`);
  const environment = environmentOf(root);
  mkdirSync(join(root, '.tools'), { recursive: true });
  let result = await runCommand(python, ['-m', 'venv', environment], { cwd: root, env });
  if (result.ok) {
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', pyairtable];
    result = await runCommand(environmentPython(root), install, { cwd: root, env });
  }
  if (result.ok) return;
  rmSync(environment, { recursive: true, force: true });
  const failure = failureOf(root);
  const message = `${lastLines(result.output, 10)}\nBy hand: ${manualPythonCommand()}\nThen delete this file.\n`;
  writeFileSync(`${failure}.tmp`, message);
  renameSync(`${failure}.tmp`, failure);
  say(`That failed, going on without pyairtable; its checks will be unmeasured. Why: ${failure}`);
}
