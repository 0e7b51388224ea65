// @ts-check
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from './find-executable.mjs';
import { commandOutput, lastLines, runCommand } from './run-command.mjs';

/** The client that checks use. It is pinned, because its requests are part of the measurement. */
const pyairtable = 'pyairtable==3.5.0.post1';

/** @param {string} root */
const environmentOf = (root) => join(root, '.tools', 'python');
/** The Python of the clone's virtual environment, which has pip. @param {string} root */
export const environmentPython = (root) => join(environmentOf(root), 'bin', 'python');
/** Records a failed installation, so that not every command tries again. @param {string} root */
const failureOf = (root) => join(root, '.tools', 'python-failed.txt');

/**
 * True when nothing is left to do: pyairtable is installed, Python is missing, or an earlier installation
 * failed. Without pyairtable only the checks that use it are unmeasured.
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
 * True when the virtual environment does not exist and Python or its module venv is missing. Debian has venv in
 * a separate package.
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
export function clearPythonFailure(root) {
  rmSync(failureOf(root), { force: true });
}

/** The command that installs pyairtable by hand. */
export function manualPythonCommand() {
  return `python3 -m venv .tools/python && .tools/python/bin/pip install ${pyairtable}`;
}

/**
 * Installs pyairtable into a virtual environment of the clone if Python is installed.
 *
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 */
export async function providePython(root, { env, mayInstall, say }) {
  if (isPythonSettled(root, env)) return;
  const python = findExecutable(['python3'], env);
  if (python === undefined) return;
  if (!mayInstall) {
    say(`Missing: pyairtable. Its checks will be unmeasured. To install it: ${manualPythonCommand()}`);
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
  say(`That failed; checks that use pyairtable will be unmeasured. The reason is in ${failure}`);
}
