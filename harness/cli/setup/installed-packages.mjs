// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNodeVersion } from './pinned-node.mjs';
import { isUnwritable } from './write-problem.mjs';

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [optional]
 * @property {boolean} [link]
 * @property {boolean} [peer]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 *
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lockfile
 */

/** Increase it when this setup repairs installations that an older one accepted. */
const stampFormat = 2;

/**
 * Why the npm packages cannot be used, or undefined when they match `package-lock.json` and the pinned Node
 * runs. The stamp of the last setup makes the common case fast.
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
  const wanted = lockedNodeVersion(root);
  return wanted === undefined || wanted === installed
    ? undefined
    : `Node ${installed} is installed instead of ${wanted}`;
}

/**
 * Version of the pinned Node.
 *
 * @param {string} root
 * @returns {string | undefined} Undefined without a lock file that names it.
 */
export function lockedNodeVersion(root) {
  return readLockfile(join(root, 'package-lock.json'))?.packages?.['node_modules/node']?.version;
}

/**
 * Compares the installed packages with the lock file, so that packages updated with `npm install` are not
 * installed again. npm's own record shows that an installation finished, but not which packages exist:
 * `npm install --package-lock-only` writes it too.
 *
 * @param {string} root
 * @returns {string | undefined} The first difference, e.g. `zod is 4.6.6 instead of 4.6.7`.
 */
export function differenceFromLockfile(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  if (!existsSync(join(root, 'node_modules', '.package-lock.json')))
    return 'npm has not finished an installation here';
  const wanted = readLockfile(join(root, 'package-lock.json'))?.packages ?? {};
  for (const [path, locked] of Object.entries(wanted)) {
    const { version } = locked;
    if (path === '' || locked.link) continue;
    const installed = installedVersion(join(root, path));
    if (installed === version || (installed === undefined && mayBeAbsent(locked))) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return installed === undefined ? `${name} is missing` : `${name} is ${installed} instead of ${version}`;
  }
  return undefined;
}

/**
 * Packages for other systems and unneeded peers are locked but not installed. A native package for this system
 * is always installed, unless npm ran on a Node that the `engines` of the package exclude.
 *
 * @param {LockedPackage} locked
 */
function mayBeAbsent(locked) {
  if (!locked.optional) return locked.peer === true;
  return (locked.os === undefined && locked.cpu === undefined) || !isForThisSystem(locked);
}

/** @param {LockedPackage} locked */
function isForThisSystem({ os, cpu, libc }) {
  return (
    (os === undefined || os.includes(process.platform)) &&
    (cpu === undefined || cpu.includes(process.arch)) &&
    (libc === undefined || libc.includes(libcFamily()))
  );
}

/** @type {'glibc' | 'musl' | undefined} */
let knownLibc;

function libcFamily() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    knownLibc === undefined ? process.report.getReport() : {}
  );
  knownLibc ??= report.header?.glibcVersionRuntime ? 'glibc' : 'musl';
  return knownLibc;
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
 * Records that the packages match the lock file and work. Without the record the next setup compares again, so
 * a read-only folder only makes it slower.
 *
 * @param {string} root
 */
export function writeStamp(root) {
  const stamp = expectedStamp(root);
  if (stamp === undefined) return;
  try {
    writeFileSync(stampFile(root), `${stamp}\n`);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
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
    return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform}-${process.arch} ${stampFormat}`;
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
