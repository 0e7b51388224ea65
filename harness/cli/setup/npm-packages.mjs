// @ts-check
import { accessSync, constants, existsSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, sep } from 'node:path';
import { findExecutable } from './find-executable.mjs';
import {
  differenceFromLockfile,
  packagesProblem,
  pinnedNodeProblem,
  writeStamp,
} from './installed-packages.mjs';
import { provideInstallerNode } from './installer-node.mjs';
import { runCommand } from './run-command.mjs';
import { runSkippedScripts } from './skipped-scripts.mjs';

/**
 * @typedef {object} NpmFailure
 * @property {string} reason What failed, with npm's own messages.
 * @property {string} command The command to run by hand.
 *
 * @typedef {object} NpmCommand
 * @property {string} command
 * @property {string[]} args
 */

/**
 * Arguments that override the user's npm configuration. Development packages are needed (the pinned Node is
 * one), and the machine's Node may be older than the packages require.
 */
const npmFlags = ['--include=dev', '--include=optional', '--no-engine-strict', '--no-audit', '--no-fund'];

/**
 * Makes `node_modules` match `package-lock.json`, including the pinned Node. Call it while holding the setup
 * lock: another setup may have installed the packages, so it checks again.
 *
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 * @returns {Promise<NpmFailure | undefined>} Undefined when the packages are installed and work.
 */
export async function installNpmPackages(root, { env, mayInstall, say }) {
  if (packagesProblem(root) === undefined) return undefined;
  const problem = differenceFromLockfile(root) ?? pinnedNodeProblem(root);
  if (problem === undefined) {
    writeStamp(root);
    return undefined;
  }
  const verb = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  if (!mayInstall) {
    const why =
      env.READINESS_SETUP === 'off' ? 'READINESS_SETUP=off forbids installing' : 'nothing can be installed';
    return { reason: `${problem}, and ${why}`, command: `npm ${verb}` };
  }

  // npm must not run on the Node that it replaces.
  const clean = withWritableCache(root, withoutLocalBinaries(root, env));
  const npm = findNpm(clean);
  if (npm === undefined) return { reason: `${problem}, and npm is not on the PATH`, command: `npm ${verb}` };

  say(`Installing the npm packages (${problem}): npm ${verb}`);
  const node = await provideInstallerNode(root, { env: clean, npm, say });
  try {
    return await install(root, {
      verb,
      say,
      ...(node ? runningOn(node.path, npm, clean) : { npm, env: clean }),
    });
  } finally {
    node?.remove();
  }
}

/**
 * @param {string} root
 * @param {{ verb: string, say: (line: string) => void, npm: NpmCommand, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<NpmFailure | undefined>}
 */
async function install(root, { verb, say, npm, env }) {
  const run = (/** @type {string} */ name) =>
    runCommand(npm.command, [...npm.args, name, ...npmFlags, '--loglevel=error'], { cwd: root, env });
  let result = await run(verb);
  if (!result.ok && verb === 'ci' && isLockMismatch(result.output)) {
    say('package.json and package-lock.json do not match, so npm ci fails: npm install');
    result = await run('install');
  }
  if (!result.ok) {
    const reason = `npm failed (${result.reason}):\n${npmErrors(result.output)}`;
    return { reason, command: `npm ${verb} ${npmFlags.join(' ')}` };
  }
  const failure = await finish(root, env);
  if (failure !== undefined) return failure;
  const difference = differenceFromLockfile(root);
  if (difference !== undefined)
    say(`npm did not install everything: ${difference}. Code that needs it will fail.`);
  writeStamp(root);
  return undefined;
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<NpmFailure | undefined>}
 */
async function finish(root, env) {
  const scriptFailure = await runSkippedScripts(root, env);
  if (scriptFailure !== undefined)
    return { reason: `an install script failed: ${scriptFailure}`, command: 'npm rebuild' };
  const nodeProblem = pinnedNodeProblem(root);
  if (nodeProblem !== undefined) {
    const reason = `${nodeProblem}; the pinned Node needs glibc on Linux, or macOS, on x64 or arm64`;
    // Otherwise `npm run` finds the broken file before the machine's own Node.
    rmSync(join(root, 'node_modules', '.bin', 'node'), { force: true });
    return { reason, command: 'npm rebuild node' };
  }
  return undefined;
}

/**
 * The command and environment that run npm and its scripts on the given Node.
 *
 * @param {string} node
 * @param {NpmCommand} npm
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ npm: NpmCommand, env: NodeJS.ProcessEnv }}
 */
function runningOn(node, npm, env) {
  const script = npm.args[0] ?? realpathSync(npm.command);
  return {
    // A wrapper of another tool finds Node on the PATH.
    npm: script.endsWith('npm-cli.js') ? { command: node, args: [script] } : npm,
    env: { ...env, PATH: [dirname(node), env.PATH].join(delimiter) },
  };
}

/**
 * npm needs a writable cache. Its default is in the home folder.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
function withWritableCache(root, env) {
  const home = env.HOME ?? homedir();
  const cache = env.npm_config_cache ?? join(home, '.npm');
  const writable = [cache, dirname(cache)].some(isWritable);
  return writable ? env : { ...env, npm_config_cache: join(root, '.cache', 'npm') };
}

/** @param {string} folder */
function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reverses `npm run`, which puts `node_modules/.bin` of this and every parent folder first on the PATH.
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
 * @returns {NpmCommand | undefined}
 */
function findNpm(env) {
  const command = findExecutable(['npm'], env);
  if (command !== undefined) return { command, args: [] };
  const node = env.npm_node_execpath;
  const script = env.npm_execpath;
  // Only npm's own script is used: yarn and pnpm set the same variable.
  if (node !== undefined && script?.endsWith('npm-cli.js')) return { command: node, args: [script] };
  return undefined;
}

/**
 * The first error lines of npm: the reason comes first, a long usage text after it.
 *
 * @param {string} output
 */
function npmErrors(output) {
  const lines = output.split('\n');
  const errors = lines.filter((line) => /^npm (error|ERR!) \S/.test(line));
  return (errors.length > 0 ? errors : lines).slice(0, 12).join('\n');
}

/** @param {string} output */
function isLockMismatch(output) {
  return /EUSAGE|can only install packages when your package\.json and package-lock\.json/.test(output);
}
