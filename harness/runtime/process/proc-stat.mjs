// Plain JavaScript without dependencies, because the reaper reads it too.
import { readFileSync } from 'node:fs';

/**
 * What the system tells of a process.
 * @typedef {object} ProcStat
 * @property {string} state one letter; `Z` for a process that has ended and only waits to be asked after
 * @property {number} parent
 * @property {string} startTime clock ticks since the system's boot
 */

/**
 * Undefined where the system has no /proc, or the process has gone.
 * @param {number} pid
 * @returns {ProcStat | undefined}
 */
export function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields follow the name, which stands in parentheses and may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/**
 * Ended, and only waiting to be asked after.
 * @param {Pick<ProcStat, 'state'>} stat
 */
export function isOver({ state }) {
  return state === 'Z' || state === 'X';
}
