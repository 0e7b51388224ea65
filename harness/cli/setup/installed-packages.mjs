// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNodeVersion } from './pinned-node.mjs';

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean, peer?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lockfile
 */

/**
 * What keeps the npm packages from being used as they are; undefined when they match `package-lock.json` and
 * the pinned Node runs. A stamp left by the last setup makes the common answer quick.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
export function packagesProblem(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  const nodeProblem = pinnedNodeProblem(root);
  if (nodeProblem !== undefined) return nodeProblem;
  const stamp = expectedStamp(root);
  if (stamp === undefined || readStamp(root) === stamp) return undefined;
  return 'node_modules was not installed from this package-lock.json';
}

/**
 * Why the pinned Node cannot be used, or undefined.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
export function pinnedNodeProblem(root) {
  const installed = pinnedNodeVersion(root);
  if (installed === undefined) return 'node_modules/node/bin/node is missing or does not run';
  const wanted = readLockfile(join(root, 'package-lock.json'))?.packages?.['node_modules/node']?.version;
  return wanted === undefined || wanted === installed
    ? undefined
    : `Node ${installed} is installed instead of ${wanted}`;
}

/**
 * Compares what is installed with the lock file, so that packages which somebody brought up to date with
 * `npm install` are not installed all over again. npm's own record tells that an installation was finished,
 * but not what of it is there: `npm install --package-lock-only` writes it too.
 *
 * @param {string} root
 * @returns {string | undefined} The first difference, e.g. `zod is 4.6.6 instead of 4.6.7`.
 */
export function differenceFromLockfile(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  if (!existsSync(join(root, 'node_modules', '.package-lock.json')))
    return 'npm has not finished an installation here';
  const wanted = readLockfile(join(root, 'package-lock.json'))?.packages ?? {};
  for (const [path, { version, optional, peer, link }] of Object.entries(wanted)) {
    if (path === '' || link) continue;
    const installed = installedVersion(join(root, path));
    // Packages for other systems, and peers nobody asked for, are locked but not installed.
    if (installed === version || (installed === undefined && (optional || peer))) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return installed === undefined ? `${name} is missing` : `${name} is ${installed} instead of ${version}`;
  }
  return undefined;
}

/**
 * @param {string} folder
 * @returns {string | undefined}
 */
function installedVersion(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/**
 * Notes that the packages match the lock file and work.
 *
 * @param {string} root
 */
export function writeStamp(root) {
  const stamp = expectedStamp(root);
  if (stamp !== undefined) writeFileSync(stampFile(root), `${stamp}\n`);
}

/** @param {string} root */
function stampFile(root) {
  return join(root, 'node_modules', '.readiness-setup');
}

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(stampFile(root), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** @param {string} root */
function expectedStamp(root) {
  try {
    const lockfile = readFileSync(join(root, 'package-lock.json'));
    return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform}-${process.arch}`;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file
 * @returns {Lockfile | undefined}
 */
function readLockfile(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
