// @ts-check
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { commandOutput } from './run-command.mjs';

/**
 * The Node that every command of this repository runs on; it comes with the npm packages.
 *
 * @param {string} root
 */
export function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', 'node');
}

/**
 * Version of the pinned Node, e.g. `24.21.0`, or undefined when it is missing or does not run on this machine.
 * Costs nothing when this very process runs on it, as it does under `npm run` once the packages are there.
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
