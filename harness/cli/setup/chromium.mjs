// @ts-check
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isExecutable } from './find-executable.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Playwright's own download keeps the program, below the folder of one browser revision. */
const playwrightPrograms = [
  ['chrome-linux64', 'chrome'],
  ['chrome-linux-arm64', 'chrome'],
  ['chrome-linux', 'chrome'],
  ['chrome-mac-x64', 'Google Chrome for Testing.app', 'Contents', 'MacOS', 'Google Chrome for Testing'],
  ['chrome-mac-arm64', 'Google Chrome for Testing.app', 'Contents', 'MacOS', 'Google Chrome for Testing'],
];

/**
 * The browser for the checks: what READINESS_CHROMIUM names, else one on the PATH, else Playwright's newest
 * own download.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} Path of the program; undefined when there is none, or READINESS_CHROMIUM
 *   names a file that cannot be executed.
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
      if (folder !== '' && isExecutable(file) && !isSnapStandIn(file)) return file;
    }
  }
  return undefined;
}

/**
 * Ubuntu installs a script of this name that only says that the snap is missing.
 *
 * @param {string} file
 */
function isSnapStandIn(file) {
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
    // Written last, so a download that was interrupted does not have it.
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
