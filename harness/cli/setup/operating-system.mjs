// @ts-check
import { readFileSync } from 'node:fs';
import { findExecutable } from './find-executable.mjs';

/**
 * @typedef {'apt-get' | 'dnf' | 'pacman' | 'apk' | 'brew'} PackageManager
 *
 * @typedef {object} OperatingSystem
 * @property {PackageManager | undefined} packageManager
 * @property {boolean} packsChromiumAsSnap Ubuntu's `chromium` package only installs a snap, which does not run
 *   in containers and hides from processes' own temporary folders.
 */

/** @type {readonly PackageManager[]} */
const packageManagers = ['apt-get', 'dnf', 'pacman', 'apk', 'brew'];

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [osRelease] Content of `/etc/os-release`; read from there by default.
 * @returns {OperatingSystem}
 */
export function operatingSystem(env, osRelease = readOsRelease()) {
  return {
    packageManager: packageManagers.find((name) => findExecutable([name], env) !== undefined),
    packsChromiumAsSnap: /^ID="?ubuntu"?$/m.test(osRelease),
  };
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
