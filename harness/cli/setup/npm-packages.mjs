// @ts-check
import { existsSync, rmSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { findExecutable } from './find-executable.mjs';
import {
  differenceFromLockfile,
  packagesProblem,
  pinnedNodeProblem,
  writeStamp,
} from './installed-packages.mjs';
import { runRefusedScripts } from './refused-scripts.mjs';
import { runCommand } from './run-command.mjs';

/**
 * @typedef {object} NpmFailure
 * @property {string} reason What went wrong, with npm's own words.
 * @property {string} command What to run by hand.
 */

/**
 * Arguments that make an installation the same whatever the user's npm is configured to: development
 * packages are needed (the pinned Node is one), and the machine's own Node may be older than they demand.
 */
const npmFlags = ['--include=dev', '--include=optional', '--no-engine-strict', '--no-audit', '--no-fund'];

/**
 * Brings `node_modules` in line with `package-lock.json`, the pinned Node included. Call it under the setup's
 * lock; it looks again whether there is anything to do.
 *
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 * @returns {Promise<NpmFailure | undefined>} Undefined when the packages are there and work.
 */
export async function installNpmPackages(root, { env, mayInstall, say }) {
  if (packagesProblem(root) === undefined) return undefined;
  const problem = differenceFromLockfile(root) ?? pinnedNodeProblem(root);
  if (problem === undefined) {
    writeStamp(root);
    return undefined;
  }
  const verb = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  if (!mayInstall)
    return { reason: `${problem}, and READINESS_SETUP=off forbids to install`, command: `npm ${verb}` };

  // npm must not run on the very Node that it is about to replace.
  const clean = withoutLocalBinaries(root, env);
  const npm = findNpm(clean);
  if (npm === undefined) return { reason: `${problem}, and npm is not on the PATH`, command: `npm ${verb}` };

  say(`Installing the npm packages (${problem}): npm ${verb}`);
  const install = (/** @type {string} */ name) =>
    runCommand(npm.command, [...npm.args, name, ...npmFlags, '--loglevel=error'], { cwd: root, env: clean });
  let result = await install(verb);
  if (!result.ok && verb === 'ci' && isOutOfStep(result.output)) {
    say('package.json and package-lock.json are out of step, so npm ci refuses: npm install');
    result = await install('install');
  }
  if (!result.ok) {
    const reason = `npm failed (${result.reason}):\n${npmErrors(result.output)}`;
    return { reason, command: `npm ${verb} ${npmFlags.join(' ')}` };
  }
  return finish(root, clean);
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<NpmFailure | undefined>}
 */
async function finish(root, env) {
  const scriptFailure = await runRefusedScripts(root, env);
  if (scriptFailure !== undefined)
    return { reason: `an install script failed: ${scriptFailure}`, command: 'npm rebuild' };
  const nodeProblem = pinnedNodeProblem(root);
  if (nodeProblem !== undefined) {
    const reason = `${nodeProblem}; the pinned Node needs glibc on Linux, or macOS, on x64 or arm64`;
    // Otherwise the broken file would come before the machine's own Node on the PATH of `npm run`.
    rmSync(join(root, 'node_modules', '.bin', 'node'), { force: true });
    return { reason, command: 'npm rebuild node' };
  }
  writeStamp(root);
  return undefined;
}

/**
 * `npm run` puts `node_modules/.bin` of this folder and of every folder above first on the PATH.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutLocalBinaries(root, env) {
  const local = join(root, 'node_modules') + sep;
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(local));
  return { ...env, PATH: path.join(delimiter) };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ command: string, args: string[] } | undefined}
 */
function findNpm(env) {
  const command = findExecutable(['npm'], env);
  if (command !== undefined) return { command, args: [] };
  const node = env.npm_node_execpath;
  const script = env.npm_execpath;
  // Only npm's own script: yarn and pnpm set the same variable.
  if (node !== undefined && script?.endsWith('npm-cli.js')) return { command: node, args: [script] };
  return undefined;
}

/**
 * npm says first what is wrong and then, at length, how it may be called.
 *
 * @param {string} output
 */
function npmErrors(output) {
  const lines = output.split('\n');
  const errors = lines.filter((line) => /^npm (error|ERR!) \S/.test(line));
  return (errors.length > 0 ? errors : lines).slice(0, 12).join('\n');
}

/** @param {string} output */
function isOutOfStep(output) {
  return /EUSAGE|can only install packages when your package\.json and package-lock\.json/.test(output);
}
