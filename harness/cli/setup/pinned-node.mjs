// @ts-check
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { commandOutput } from './run-command.mjs';

/**
 * Path of the Node that every command of this repository runs on. It is one of the npm packages.
 *
 * @param {string} root
 */
export function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', 'node');
}

/**
 * Version of the pinned Node, e.g. `24.21.0`, or undefined when it is missing or does not run on this machine.
 * Starts no process when this process runs on it, as under `npm run` once the packages are installed.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
export function pinnedNodeVersion(root) {
  const file = pinnedNode(root);
  if (isThisProcess(file)) return process.versions.node;
  return commandOutput(file, ['--version'])?.trim().replace(/^v/, '');
}

/** @param {string} file */
function isThisProcess(file) {
  try {
    return realpathSync(file) === realpathSync(process.execPath);
  } catch {
    return false;
  }
}
