// @ts-check
import { readFileSync } from 'node:fs';
import { findExecutable } from './find-executable.mjs';

/**
 * @typedef {'apt-get' | 'dnf' | 'pacman' | 'apk' | 'brew'} PackageManager
 *
 * @typedef {object} OperatingSystem
 * @property {PackageManager | undefined} packageManager
 * @property {boolean} chromiumIsSnap Ubuntu's `chromium` package only installs a snap. A snap does not run in containers
 *   and cannot read the temporary folders of other processes.
 */

/** @type {readonly PackageManager[]} */
const packageManagers = ['apt-get', 'dnf', 'pacman', 'apk', 'brew'];

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [osRelease] Content of `/etc/os-release`. Default: read from the file.
 * @returns {OperatingSystem}
 */
export function operatingSystem(env, osRelease = readOsRelease()) {
  return {
    packageManager: packageManagers.find((name) => findExecutable([name], env) !== undefined),
    chromiumIsSnap: /^ID="?ubuntu"?$/m.test(osRelease),
  };
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
