// @ts-check
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from './find-executable.mjs';
import { commandOutput, lastLines, runCommand } from './run-command.mjs';

/**
 * @typedef {import('../../plan/tool-name.ts').PythonTool} PythonTool
 *
 * @typedef {object} PythonPackage
 * @property {string} name Spelled as in the folder of an installed package, which is also the module's name.
 * @property {string} version
 * @property {readonly string[]} [others] Packages that checks need beside it, in any version.
 * @property {readonly string[]} [modules] The modules of these packages.
 * @property {'java'} [program] A program that it starts. It is installed only where this program is.
 */

/**
 * The package of each tool. Versions are pinned, because the requests of these programs are part of the measurement.
 *
 * @type {Record<PythonTool, PythonPackage>}
 */
export const pythonPackages = {
  python: { name: 'pyairtable', version: '3.5.0.post1' },
  'openapi-python-client': { name: 'openapi_python_client', version: '0.29.1' },
  schemathesis: { name: 'schemathesis', version: '4.32.5' },
  'openapi-generator': {
    name: 'openapi_generator_cli',
    version: '7.26.0',
    others: ['python_dateutil', 'pydantic', 'urllib3'],
    modules: ['dateutil', 'pydantic', 'urllib3'],
    program: 'java',
  },
};

/** @param {string} root */
const environmentOf = (root) => join(root, '.tools', 'python');
/** The Python of the clone's virtual environment, which has pip. @param {string} root */
export const environmentPython = (root) => join(environmentOf(root), 'bin', 'python');
/**
 * Records a failed installation, so that not every command tries again.
 *
 * @param {string} root
 * @param {string} name
 */
const failureOf = (root, name) => join(root, '.tools', `python-failed-${name}.txt`);
/** The pinned package is the last. @param {PythonPackage} requirement */
const requirements = ({ name, version, others = [] }) => [...others, `${name}==${version}`];

/**
 * True when the environment has the package in the pinned version.
 *
 * @param {string} root
 * @param {{ name: string, version: string }} requirement
 */
function isInstalled(root, { name, version }) {
  const libraries = join(environmentOf(root), 'lib');
  if (!existsSync(libraries)) return false;
  return readdirSync(libraries).some((python) =>
    existsSync(join(libraries, python, 'site-packages', `${name}-${version}.dist-info`)),
  );
}

/**
 * The packages that are missing, whose programs exist, and whose installation has not failed yet.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
const missingPackages = (root, env) =>
  Object.values(pythonPackages).filter(
    (one) =>
      !isInstalled(root, one) &&
      !existsSync(failureOf(root, one.name)) &&
      (one.program === undefined || findExecutable([one.program], env) !== undefined),
  );

/**
 * True when nothing is left to do: every package is installed, Python is missing, or earlier installations failed.
 * Without a package only the checks that use it are unmeasured.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export function isPythonSettled(root, env) {
  return findExecutable(['python3'], env) === undefined || missingPackages(root, env).length === 0;
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
  for (const { name } of Object.values(pythonPackages)) rmSync(failureOf(root, name), { force: true });
}

/** The command that installs the package of a tool by hand. @param {PythonTool} tool */
export const manualPythonCommand = (tool) => manualCommandFor(pythonPackages[tool]);

/** @param {PythonPackage} requirement */
const manualCommandFor = (requirement) =>
  `python3 -m venv .tools/python && .tools/python/bin/python -m pip install ${requirements(requirement).join(' ')}`;

/**
 * Installs the missing packages into a virtual environment of the clone if Python is installed. Each is installed by
 * itself: the failure of one does not cost the others.
 *
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 */
export async function providePython(root, { env, mayInstall, say }) {
  if (isPythonSettled(root, env)) return;
  const python = findExecutable(['python3'], env);
  if (python === undefined) return;
  const missing = missingPackages(root, env);
  if (!mayInstall) {
    for (const one of missing)
      say(`Missing: ${one.name}. Its checks will be unmeasured. To install it: ${manualCommandFor(one)}`);
    return;
  }
  mkdirSync(join(root, '.tools'), { recursive: true });
  for (const requirement of missing) {
    say(`Installing into .tools/python: ${requirements(requirement).join(' ')}`);
    const output = await install(root, { python, requirement, env });
    if (output !== undefined) recordFailure(root, { requirement, output, say });
  }
}

/**
 * @param {string} root
 * @param {{ python: string, requirement: PythonPackage, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<string | undefined>} The output of the command that failed.
 */
async function install(root, { python, requirement, env }) {
  if (!existsSync(environmentPython(root))) {
    const environment = environmentOf(root);
    const made = await runCommand(python, ['-m', 'venv', environment], { cwd: root, env });
    if (!made.ok) {
      rmSync(environment, { recursive: true, force: true });
      return made.output;
    }
  }
  const flags = ['--quiet', '--disable-pip-version-check'];
  const installed = await runCommand(
    environmentPython(root),
    ['-m', 'pip', 'install', ...flags, ...requirements(requirement)],
    { cwd: root, env },
  );
  return installed.ok ? undefined : installed.output;
}

/**
 * @param {string} root
 * @param {{ requirement: PythonPackage, output: string, say: (line: string) => void }} options
 */
function recordFailure(root, { requirement, output, say }) {
  const { name } = requirement;
  const failure = failureOf(root, name);
  const message = `${lastLines(output, 10)}\nBy hand: ${manualCommandFor(requirement)}\nThen delete this file.\n`;
  writeFileSync(`${failure}.tmp`, message);
  renameSync(`${failure}.tmp`, failure);
  say(`That failed; checks that use ${name} will be unmeasured. The reason is in ${failure}`);
}
