// @ts-check
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Interval in which an owner renews its lock, milliseconds. */
const renewEveryMs = 5_000;
/** A lock without a renewal for this time is abandoned, milliseconds. */
const abandonedAfterMs = 60_000;
/** Maximum time to take over an abandoned lock, milliseconds. It needs a few system calls; later the new owner is dead too. */
const takeoverLimitMs = 10_000;
const pollEveryMs = 200;

/**
 * Runs `work` while holding the lock folder `folder`, so that two setups of one clone do not install at the same
 * time. Waits while the owner runs; takes over the lock of a dead owner.
 *
 * @template T
 * @param {string} folder
 * @param {{ onWait: (owner: string) => void }} events `onWait` is called once, when another process holds the lock.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(folder, { onWait }, work) {
  mkdirSync(dirname(folder), { recursive: true });
  let reported = false;
  while (!acquire(folder)) {
    const owner = ownerOf(folder);
    if (isAbandoned(folder, owner)) {
      removeAbandoned(folder);
      continue;
    }
    if (!reported) onWait(owner === undefined ? 'another setup' : `process ${owner.pid}`);
    reported = true;
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
function acquire(folder) {
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
    // A process that was suspended for a long time may have lost its lock.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * @param {string} folder
 * @returns {{ pid: number, host: string } | undefined} Undefined until the owner has written its id.
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
 * Removes the lock of a dead owner. A second lock protects the removal: while it is held, no other process can
 * replace an abandoned lock with a new one that would then be removed.
 *
 * @param {string} folder
 */
function removeAbandoned(folder) {
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
 * @returns {number} Milliseconds; 0 when the folder does not exist.
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
