// @ts-check
import { copyFileSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from './find-executable.mjs';
import { lockedNodeVersion } from './installed-packages.mjs';
import { pinnedNode, pinnedNodeVersion } from './pinned-node.mjs';
import { commandOutput, lastLines, runCommand } from './run-command.mjs';

/**
 * @typedef {object} InstallerNode
 * @property {string} path
 * @property {() => void} remove Deletes the copy. Call it when npm has ended.
 */

/**
 * Provides a copy of the pinned Node to run npm with, where the machine's Node is older. npm skips optional
 * packages whose `engines` exclude the Node that runs it. The pinned Node needs some of them. The copy is
 * outside of `node_modules`, because `npm ci` deletes that folder first.
 *
 * @param {string} root
 * @param {{
 *   env: NodeJS.ProcessEnv,
 *   npm: { command: string, args: string[] },
 *   say: (line: string) => void,
 * }} options
 * @returns {Promise<InstallerNode | undefined>} Undefined: run npm on the machine's Node.
 */
export async function provideInstallerNode(root, { env, npm, say }) {
  const wanted = lockedNodeVersion(root);
  const present = versionOfNpmsNode(npm, env);
  if (wanted === undefined || present === undefined || majorOf(present) >= majorOf(wanted)) return undefined;
  const folder = join(root, '.tools', 'installer-node');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  remove();
  mkdirSync(folder, { recursive: true });
  if (pinnedNodeVersion(root) === wanted) {
    const path = join(folder, 'node');
    linkOrCopy(pinnedNode(root), path);
    return { path, remove };
  }
  const name = packageName();
  say(
    `Installing Node ${wanted} to run npm with, because the machine has Node ${present}: npm install ${name}@${wanted}`,
  );
  // Makes the folder a separate project for npm.
  writeFileSync(join(folder, 'package.json'), '{}\n');
  const flags = [
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const install = [...npm.args, 'install', '--prefix', folder, ...flags, `${name}@${wanted}`];
  const result = await runCommand(npm.command, install, { cwd: folder, env });
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  if (result.ok && commandOutput(path, ['--version']) !== undefined) return { path, remove };
  say(
    `That failed; continuing with Node ${present}: ${result.reason || 'it does not run here'}\n${lastLines(result.output, 10)}`,
  );
  remove();
  return undefined;
}

/**
 * @param {{ command: string, args: string[] }} npm
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function versionOfNpmsNode(npm, env) {
  const node = npm.args.length > 0 ? npm.command : findExecutable(['node'], env);
  if (node === undefined) return undefined;
  return commandOutput(node, ['--version'], { env })?.trim().replace(/^v/, '');
}

/** The package with the program for this machine. The package `node` only selects it. */
function packageName() {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${process.platform}-${process.arch}`;
}

/**
 * @param {string} from
 * @param {string} to
 */
function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** @param {string} version */
function majorOf(version) {
  return Number.parseInt(version, 10);
}
