// @ts-check
import { join } from 'node:path';
import { packagesProblem } from './installed-packages.mjs';
import { findK6, provideK6 } from './k6.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { clearPythonFailure, isPythonSettled, providePython } from './python.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { installSystemTools, missingSystemTools, unsupportedSystemTools } from './system-tools.mjs';
import { writeProblem } from './write-problem.mjs';

/** Exit code of every command for a failure of the environment, here missing npm packages. */
const environmentFailed = 4;

/**
 * Makes a fresh clone ready to run: installs the npm packages with the pinned Node and, where it can, the tools
 * that checks need. Calls `say` only when something is missing or unsupported.
 *
 * @param {string} root The repository.
 * @param {{ env: NodeJS.ProcessEnv, say: (line: string) => void }} options
 * @returns {Promise<number>} Exit code: 0 when the command can run, 4 without npm packages.
 */
export async function makeReady(root, { env, say }) {
  for (const sentence of unsupportedSystemTools(env)) say(`Unsupported: ${sentence}`);
  if (isComplete(root, env)) return 0;

  // Without permission to install, the setup writes nothing and needs no lock.
  if (!installingAllowed(root, env, say)) return installMissing(root, { env, mayInstall: false, say });
  const onWait = (/** @type {string} */ owner) => say(`Waiting for ${owner}, which sets up this clone`);
  return withSetupLock(join(root, '.tools', 'setup.lock'), { onWait }, () =>
    installMissing(root, { env, mayInstall: true, say }),
  );
}

/**
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 * @returns {Promise<number>} Exit code.
 */
async function installMissing(root, { env, mayInstall, say }) {
  const failure = await installNpmPackages(root, { env, mayInstall, say });
  if (failure !== undefined) {
    say(`The npm packages could not be installed: ${failure.reason}\nRun it by hand: ${failure.command}`);
    return environmentFailed;
  }
  const missing = missingSystemTools(root, env);
  await installSystemTools(missing, { root, env, mayInstall, say });
  if (missing.includes('python3-venv') && !missingSystemTools(root, env).includes('python3-venv'))
    clearPythonFailure(root);
  await providePython(root, { env, mayInstall, say });
  await provideK6(root, { env, mayInstall, say });
  return 0;
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
function isComplete(root, env) {
  return (
    packagesProblem(root) === undefined &&
    missingSystemTools(root, env).length === 0 &&
    findK6(root, env) !== undefined &&
    isPythonSettled(root, env)
  );
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} say
 */
function installingAllowed(root, env, say) {
  const choice = env.READINESS_SETUP ?? '';
  if (choice === 'off') return false;
  if (choice !== '' && choice !== 'on') {
    say(`READINESS_SETUP is "${choice}"; it must be "on" or "off". Nothing will be installed.`);
    return false;
  }
  const problem = writeProblem(join(root, '.tools'));
  if (problem !== undefined)
    say(`${join(root, '.tools')} is not writable (${problem}). Nothing will be installed.`);
  return problem === undefined;
}
