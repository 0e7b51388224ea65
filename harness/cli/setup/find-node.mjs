// @ts-check
import { dirname } from 'node:path';
import { pinnedNode } from './pinned-node.mjs';
import { commandOutput } from './run-command.mjs';

/** Minimum major version of Node that runs the sources. */
const neededMajor = 24;

/**
 * Finds a Node that can run the sources: the one of this process, else the npm package `node` of this package
 * or of a folder above it.
 *
 * @param {string} root Folder of this package.
 * @param {{ path: string, version: string }} [own] The Node of this process.
 * @returns {string | undefined}
 */
export function findNode(root, own = { path: process.execPath, version: process.versions.node }) {
  if (isRecent(own.version)) return own.path;
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = pinnedNode(folder);
    if (isRecent(commandOutput(candidate, ['--version'])?.replace(/^v/, ''))) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/** @param {string | undefined} version */
function isRecent(version) {
  return version !== undefined && Number.parseInt(version, 10) >= neededMajor;
}
