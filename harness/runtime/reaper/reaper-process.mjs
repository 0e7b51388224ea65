// The reaper: runs a moment longer than the harness, and ends what the harness started.
//
// Plain JavaScript without packages, because it must start fast, before everything else. Argument: the run's id.
// Standard input: one JSON message per line. The end of input means that the harness has ended, for any reason; then
// the reaper ends every process and removes every folder of the run, and everything that a container engine runs for it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { hasEnded, readStat } from '../process/proc-stat.mjs';
import { removeLabelled } from './remove-labelled.mjs';

/** Time between a process's own stop signal and SIGKILL, milliseconds. */
const graceMs = 300;
/** Maximum time to suspend processes that start new ones faster than they are found, milliseconds. */
const suspendLimitMs = 500;
/** Maximum time to wait for processes that cannot be killed, milliseconds after the end of input. */
const limitMs = 10_000;

/**
 * Processes of the run by number. `stoppedByParent`: a process with its own stop signal started it, and stops it too.
 * @typedef {Map<number, {startTime: string, stoppedByParent: boolean}>} RunProcesses
 */

const runId = process.argv[2] ?? '';
const marker = `PYAIRTABLE_READINESS_RUN=${runId}`;
/** @type {Map<number, {startTime: string, stopSignal?: NodeJS.Signals}>} */
const tracked = new Map();
/** @type {Set<string>} */
const folders = new Set();
/** Container engines with objects of the run. @type {import('./remove-labelled.mjs').EngineObjects[]} */
const engines = [];
/** Whether the harness has announced its end: then none of its requests to an engine is still being processed. */
let announced = false;
const hasProc = readStat(process.pid) !== undefined;

// Ctrl-C reaches every process of the terminal, and this one must continue.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => {});

let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) receive(line);
});
process.stdin.on('end', () => reap());
process.stdin.on('error', () => reap());

/** @param {string} line */
function receive(line) {
  let message;
  try {
    message = JSON.parse(line);
  } catch {
    return; // The harness was killed in the middle of a line.
  }
  if (message.type === 'process') {
    tracked.set(message.pid, { startTime: message.startTime, stopSignal: message.stopSignal });
  } else if (message.type === 'forget') {
    tracked.delete(message.pid);
  } else if (message.type === 'folder') {
    folders.add(message.path);
  } else if (message.type === 'engine') {
    engines.push(message);
  } else if (message.type === 'end') {
    announced = true;
  }
}

async function reap() {
  const startedAt = performance.now();
  /** Every process found so far: none is lost when its parent exits first. @type {RunProcesses} */
  const found = new Map();
  const signalled = new Set();
  /** @type {number | undefined} */
  let signalledAt;
  raisePriority();
  const containersRemoved = Promise.all(
    engines.map((engine) => removeLabelled(engine, { limitMs, announced })),
  );
  for (let complete = true; ; ) {
    if (complete) await suspendAll(found);
    signalledAt ??= performance.now();
    const inGrace = performance.now() - signalledAt < graceMs;
    const alive = hasProc ? dueSignals(found, inGrace) : trackedGroups(inGrace);
    for (const [pid, signal] of alive) {
      if (signal === undefined) continue;
      // Only once: on a second stop signal, PostgreSQL would abort its clean-up.
      if (signal !== 'SIGKILL' && signalled.has(pid)) continue;
      signalled.add(pid);
      send(pid, signal);
    }
    removeFolders();
    if ((complete && alive.size === 0) || performance.now() - startedAt > limitMs) break;
    // Listing all processes is slow on a busy machine, so it is repeated only when the known ones have exited.
    complete = alive.size === 0;
    if (!complete) await new Promise((resolve) => setTimeout(resolve, 15));
  }
  removeSharedMemory(found);
  removeFolders();
  await containersRemoved;
  // Not process.exit(), which can wait for Node's own threads forever (nodejs/node#54918).
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Finds every process of the run and suspends it. If each one were killed when it is found, it could start another
 * one before that, which could no longer be attributed to the run.
 * @param {RunProcesses} found
 */
async function suspendAll(found) {
  const until = performance.now() + suspendLimitMs;
  for (let known = -1; ; ) {
    findProcesses(found);
    let running = 0;
    for (const [pid, { startTime, stoppedByParent }] of hasProc ? found : []) {
      // Processes that clean up must continue to run.
      if (stoppedByParent || tracked.get(pid)?.stopSignal) continue;
      const stat = readStat(pid);
      if (stat?.startTime !== startTime || hasEnded(stat) || stat.state === 'T') continue;
      running += 1;
      send(pid, 'SIGSTOP');
    }
    if ((running === 0 && found.size === known) || performance.now() > until) return;
    known = found.size;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Others wait until this process has cleaned up. */
function raisePriority() {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Only root may raise it.
  }
}

/**
 * Adds every live process of the run: tracked ones, their descendants in any session, every process with the run's
 * marker in its environment, and the stores of its folders.
 * @param {RunProcesses} found
 */
function findProcesses(found) {
  if (!hasProc) return;
  const processes = listProcesses();
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const [pid, { parent }] of processes) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  /** @param {number} pid @param {boolean} stoppedByParent */
  const add = (pid, stoppedByParent) => {
    const startTime = processes.get(pid)?.startTime;
    if (pid === process.pid || startTime === undefined) return;
    const known = found.get(pid);
    if (known?.startTime === startTime) known.stoppedByParent ||= stoppedByParent;
    else found.set(pid, { startTime, stoppedByParent });
  };
  for (const [pid, { startTime }] of tracked) {
    // Not a later process with the same number.
    if (processes.get(pid)?.startTime === startTime) add(pid, false);
  }
  for (const pid of processes.keys()) if (hasMarker(pid) || isStore(pid)) add(pid, false);
  for (const pid of [...found.keys()]) {
    const stopsChildren = tracked.get(pid)?.stopSignal !== undefined;
    for (const descendant of descendants(pid, children)) add(descendant, stopsChildren);
  }
}

/**
 * The live processes, each with the signal to send now. During the grace time, processes that their parent stops get
 * none: if a backend were killed first, PostgreSQL would start crash recovery.
 * @param {RunProcesses} found
 * @param {boolean} inGrace
 */
function dueSignals(found, inGrace) {
  /** @type {Map<number, NodeJS.Signals | undefined>} */
  const due = new Map();
  for (const [pid, { startTime, stoppedByParent }] of found) {
    const stat = readStat(pid);
    if (stat?.startTime !== startTime || hasEnded(stat)) continue;
    const stopSignal = inGrace ? tracked.get(pid)?.stopSignal : undefined;
    due.set(pid, stopSignal ?? (inGrace && stoppedByParent ? undefined : 'SIGKILL'));
  }
  return due;
}

/** Without /proc: the process groups of the tracked processes. @param {boolean} inGrace */
function trackedGroups(inGrace) {
  /** @type {Map<number, NodeJS.Signals | undefined>} */
  const alive = new Map();
  for (const [pid, { stopSignal }] of tracked) {
    if (groupExists(pid)) alive.set(pid, inGrace && stopSignal ? stopSignal : 'SIGKILL');
  }
  return alive;
}

/** @param {number} pid @param {Map<number, number[]>} children @returns {number[]} */
function descendants(pid, children) {
  const direct = children.get(pid) ?? [];
  return [...direct, ...direct.flatMap((child) => descendants(child, children))];
}

/** Live processes without zombies. @returns {Map<number, {parent: number, startTime: string}>} */
function listProcesses() {
  const processes = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat && !hasEnded(stat)) processes.set(Number(name), stat);
  }
  return processes;
}

/** @param {number} pid */
function hasMarker(pid) {
  if (pid === process.pid || runId === '') return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(marker);
  } catch {
    return false; // It has exited, or belongs to another user and so not to the run.
  }
}

/**
 * Redis and PostgreSQL write their title over their environment, mark included. They work in a folder of the run and
 * name it in their title; a shell that somebody has opened there does not.
 * @param {number} pid
 */
function isStore(pid) {
  if (folders.size === 0) return false;
  try {
    const workFolder = readlinkSync(`/proc/${pid}/cwd`);
    const folder = [...folders].find((path) => workFolder.startsWith(`${path}/`));
    return folder !== undefined && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`${folder}/`);
  } catch {
    return false; // Gone meanwhile, or of another user and so not ours.
  }
}

/** @param {number} pid */
function groupExists(pid) {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function send(pid, signal) {
  try {
    process.kill(hasProc ? pid : -pid, signal);
    // A suspended process handles no signal but SIGKILL.
    if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') process.kill(hasProc ? pid : -pid, 'SIGCONT');
  } catch {
    // It has exited.
  }
}

function removeFolders() {
  for (const folder of folders) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // A process still writes into it; the next round tries again.
    }
  }
}

/** PostgreSQL uses a few bytes of System V shared memory, which remain after SIGKILL. @param {Map<number, unknown>} creators */
function removeSharedMemory(creators) {
  let table;
  try {
    table = readFileSync('/proc/sysvipc/shm', 'latin1');
  } catch {
    return;
  }
  for (const line of table.split('\n').slice(1)) {
    const [, id, , , creator, , attached] = line.trim().split(/\s+/);
    if (id && attached === '0' && creators.has(Number(creator))) spawnSync('ipcrm', ['-m', id]);
  }
}
