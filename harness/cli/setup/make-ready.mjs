// @ts-check
import { join } from 'node:path';
import { packagesProblem } from './installed-packages.mjs';
import { findK6, provideK6 } from './k6.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { forgetPythonFailure, isPythonSettled, providePython } from './python.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { installSystemTools, missingSystemTools, unfitSystemTools } from './system-tools.mjs';
import { writeProblem } from './write-problem.mjs';

/** Exit code when the npm packages could not be installed: the environment's failure, as in every command. */
const environmentUnfit = 4;

/**
 * Makes a fresh clone ready to run: npm packages with the pinned Node, and where it can the tools that
 * measuring needs. Prints nothing when nothing is missing; otherwise to stderr, so that a command's own
 * output stays clean.
 *
 * @param {string} root The repository.
 * @param {{ env: NodeJS.ProcessEnv, say: (line: string) => void }} options
 * @returns {Promise<number>} Exit code: 0 go on, 4 without npm packages nothing can run.
 */
export async function makeReady(root, { env, say }) {
  for (const sentence of unfitSystemTools(env)) say(`Unfit: ${sentence}`);
  if (isComplete(root, env)) return 0;

  // Where nothing is installed nothing is written either, so no lock is needed.
  if (!installingAllowed(root, env, say)) return bringInOrder(root, { env, mayInstall: false, say });
  const onWait = (/** @type {string} */ owner) => say(`Waiting for ${owner}, which is setting up this clone`);
  return withSetupLock(join(root, '.tools', 'setup.lock'), { onWait }, () =>
    bringInOrder(root, { env, mayInstall: true, say }),
  );
}

/**
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 * @returns {Promise<number>} Exit code.
 */
async function bringInOrder(root, { env, mayInstall, say }) {
  const failure = await installNpmPackages(root, { env, mayInstall, say });
  if (failure !== undefined) {
    say(`The npm packages could not be installed: ${failure.reason}\nRun it by hand: ${failure.command}`);
    return environmentUnfit;
  }
  const missing = missingSystemTools(root, env);
  await installSystemTools(missing, { root, env, mayInstall, say });
  if (missing.includes('python3-venv') && !missingSystemTools(root, env).includes('python3-venv'))
    forgetPythonFailure(root);
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
    say(`READINESS_SETUP is "${choice}"; it may be "on" or "off". Nothing will be installed.`);
    return false;
  }
  const problem = writeProblem(join(root, '.tools'));
  if (problem !== undefined)
    say(`${join(root, '.tools')} cannot be written (${problem}). Nothing will be installed.`);
  return problem === undefined;
}
