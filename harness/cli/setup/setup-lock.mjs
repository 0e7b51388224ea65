// @ts-check
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** An owner renews its lock this often, milliseconds. */
const renewEveryMs = 5_000;
/** A lock that was not renewed for this long is abandoned, milliseconds. */
const abandonedAfterMs = 60_000;
/** Maximum time to take over an abandoned lock, milliseconds. It takes a few system calls; if it lasts longer, the new owner died too. */
const takeoverLimitMs = 10_000;
const pollEveryMs = 200;

/**
 * Runs `work` while holding the lock folder `folder`, so that two setups of one clone do not install into
 * each other. Waits for a living owner; takes over from one that died.
 *
 * @template T
 * @param {string} folder
 * @param {{ onWait: (owner: string) => void }} events `onWait` is called once, when somebody else holds it.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(folder, { onWait }, work) {
  mkdirSync(dirname(folder), { recursive: true });
  let told = false;
  while (!take(folder)) {
    const owner = ownerOf(folder);
    if (isAbandoned(folder, owner)) {
      takeAway(folder);
      continue;
    }
    if (!told) onWait(owner === undefined ? 'another setup' : `process ${owner.pid}`);
    told = true;
    await delay(pollEveryMs);
  }
  const renewal = setInterval(() => renew(folder), renewEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if (ownerOf(folder)?.pid === process.pid) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
function take(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname() }));
  return true;
}

/** @param {string} folder */
function renew(folder) {
  const now = new Date();
  try {
    utimesSync(folder, now, now);
  } catch (error) {
    // A process that was suspended for long has lost its lock meanwhile.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * @param {string} folder
 * @returns {{ pid: number, host: string } | undefined} Undefined while the owner is just writing its name.
 */
function ownerOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} folder
 * @param {{ pid: number, host: string } | undefined} owner
 */
function isAbandoned(folder, owner) {
  if (ageMs(folder) > abandonedAfterMs) return true;
  return owner !== undefined && owner.host === hostname() && !isAlive(owner.pid);
}

/**
 * Removes a dead owner's lock. A second lock around it makes sure that nobody removes the lock of the one
 * who was quicker: while it is held the answer to "is it abandoned?" cannot change from yes to no.
 *
 * @param {string} folder
 */
function takeAway(folder) {
  const takeover = `${folder}.takeover`;
  try {
    mkdirSync(takeover);
  } catch {
    if (ageMs(takeover) > takeoverLimitMs) rmSync(takeover, { recursive: true, force: true });
    return;
  }
  try {
    if (isAbandoned(folder, ownerOf(folder))) rmSync(folder, { recursive: true, force: true });
  } finally {
    rmdirSync(takeover);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * @param {string} folder
 * @returns {number} 0 when the folder is gone.
 */
function ageMs(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return 0;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
