// Plain JavaScript without dependencies, because the reaper imports it.
import { readFileSync } from 'node:fs';

/**
 * What the system reports about a process.
 * @typedef {object} ProcStat
 * @property {string} state one letter; `Z` for a zombie: exited, but its parent has not read the exit code
 * @property {number} parent
 * @property {string} startTime clock ticks since the system's boot
 * @property {number} ticks processor time of all its threads, clock ticks
 * @property {number} childTicks the same of its children that have exited, and of theirs
 */

/**
 * Undefined without /proc, or when the process has exited.
 * @param {number} pid
 * @returns {ProcStat | undefined}
 */
export function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields follow the name, which is in parentheses and may itself contain spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const sum = (/** @type {number} */ first) => Number(fields[first]) + Number(fields[first + 1]);
    return {
      state: fields[0] ?? '',
      parent: Number(fields[1]),
      startTime: fields[19] ?? '',
      ticks: sum(11),
      childTicks: sum(13),
    };
  } catch {
    return undefined;
  }
}

/**
 * Whether a process is a zombie or dead.
 * @param {Pick<ProcStat, 'state'>} stat
 */
export function hasEnded({ state }) {
  return state === 'Z' || state === 'X';
}
