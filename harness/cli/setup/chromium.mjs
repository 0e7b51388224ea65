// @ts-check
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isExecutable } from './find-executable.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Paths of the program in a Playwright download, relative to the folder of one browser revision. */
const playwrightPrograms = [
  ['chrome-linux64', 'chrome'],
  ['chrome-linux-arm64', 'chrome'],
  ['chrome-linux', 'chrome'],
  ['chrome-mac-x64', 'Google Chrome for Testing.app', 'Contents', 'MacOS', 'Google Chrome for Testing'],
  ['chrome-mac-arm64', 'Google Chrome for Testing.app', 'Contents', 'MacOS', 'Google Chrome for Testing'],
];

/**
 * Finds the browser for the checks: the program in READINESS_CHROMIUM, else one on the PATH, else the newest
 * download of Playwright.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} Path of the program. Undefined when there is none, or when READINESS_CHROMIUM
 *   names a file that is not executable.
 */
export function findChromium(env) {
  const chosen = env.READINESS_CHROMIUM;
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  return onPath(env) ?? playwrightDownload(env);
}

/** @param {NodeJS.ProcessEnv} env */
function onPath(env) {
  for (const name of names) {
    for (const folder of (env.PATH ?? '').split(delimiter)) {
      const file = join(folder, name);
      if (folder !== '' && isExecutable(file) && !isSnapPlaceholder(file)) return file;
    }
  }
  return undefined;
}

/**
 * Ubuntu installs a script with this name. Without the snap it only prints that the snap is missing.
 *
 * @param {string} file
 */
function isSnapPlaceholder(file) {
  const start = Buffer.alloc(4096);
  const descriptor = openSync(file, 'r');
  try {
    const text = start.toString('latin1', 0, readSync(descriptor, start));
    return text.startsWith('#!') && text.includes('/snap/bin/chromium') && !existsSync('/snap/bin/chromium');
  } finally {
    closeSync(descriptor);
  }
}

/** @param {NodeJS.ProcessEnv} env */
function playwrightDownload(env) {
  const cache = playwrightCache(env);
  const revisions = revisionFolders(cache).sort((a, b) => revisionOf(b) - revisionOf(a));
  for (const revision of revisions) {
    // Playwright writes this file last, so an interrupted download does not have it.
    if (!existsSync(join(cache, revision, 'INSTALLATION_COMPLETE'))) continue;
    for (const program of playwrightPrograms) {
      const file = join(cache, revision, ...program);
      if (isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** @param {NodeJS.ProcessEnv} env */
function playwrightCache(env) {
  const chosen = env.PLAYWRIGHT_BROWSERS_PATH;
  if (chosen && chosen !== '0') return chosen;
  const home = env.HOME ?? homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'ms-playwright');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'ms-playwright');
}

/** @param {string} cache */
function revisionFolders(cache) {
  try {
    return readdirSync(cache).filter((name) => /^chromium-\d+$/.test(name));
  } catch {
    return [];
  }
}

/** @param {string} folder */
function revisionOf(folder) {
  return Number(folder.slice('chromium-'.length));
}
