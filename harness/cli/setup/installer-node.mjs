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
 * @property {() => void} remove Deletes it; call it when npm is done.
 */

/**
 * A copy of the pinned Node to run npm with, where the machine's Node is older. npm leaves out optional packages
 * whose `engines` exclude the Node that runs it, and among them are native parts that the pinned Node needs. The
 * copy lies outside of `node_modules`, because `npm ci` deletes that folder first.
 *
 * @param {string} root
 * @param {{
 *   env: NodeJS.ProcessEnv,
 *   npm: { command: string, args: string[] },
 *   say: (line: string) => void,
 * }} options
 * @returns {Promise<InstallerNode | undefined>} Undefined when the machine's Node will do, or no other can be had.
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
    `Getting Node ${wanted} to run npm with, because the machine has Node ${present}: npm install ${name}@${wanted}`,
  );
  // Marks the folder as a project of its own.
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
    `That failed, going on with Node ${present}: ${result.reason || 'it does not run here'}\n${lastLines(result.output, 10)}`,
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

/** The package that holds the program for this machine; `node` itself only picks it. */
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
