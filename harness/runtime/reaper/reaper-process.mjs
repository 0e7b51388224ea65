// The reaper: outlives the harness by the moment it takes to end what the harness started.
//
// Plain JavaScript without packages, because it has to stand before anything else is started. Arguments: the
// run's id. Standard input: one JSON message per line. End of input means that the harness has gone, whatever way
// it went; then every process and folder of the run goes too.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { isOver, readStat } from '../process/proc-stat.mjs';

/** How long processes with a stop signal of their own get before SIGKILL, milliseconds. */
const politeMs = 300;
/** How long to look for processes that start others faster than they are found, milliseconds. */
const freezeMs = 500;
/** When to give up on processes that cannot be killed, milliseconds after the end of input. */
const limitMs = 10_000;

const runId = process.argv[2] ?? '';
const mark = `PYAIRTABLE_READINESS_RUN=${runId}`;
/** @type {Map<number, {startTime: string, stopSignal?: NodeJS.Signals}>} */
const tracked = new Map();
/** @type {Set<string>} */
const folders = new Set();
const hasProc = readStat(process.pid) !== undefined;

// Ctrl-C reaches every process of the terminal; this one has work left then.
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
    return; // The harness died in the middle of a line.
  }
  if (message.type === 'process') {
    tracked.set(message.pid, { startTime: message.startTime, stopSignal: message.stopSignal });
  } else if (message.type === 'forget') {
    tracked.delete(message.pid);
  } else if (message.type === 'folder') {
    folders.add(message.path);
  }
}

async function reap() {
  const began = performance.now();
  /** Every process of the run seen so far, so that none is lost when its parent goes first. @type {Map<number, {startTime: string, heir: boolean}>} */
  const ours = new Map();
  const asked = new Set();
  /** @type {number | undefined} */
  let askedAt;
  hurry();
  for (let complete = true; ; ) {
    if (complete) await freeze(ours);
    askedAt ??= performance.now();
    const polite = performance.now() - askedAt < politeMs;
    const alive = hasProc ? dueSignals(ours, polite) : trackedGroups(polite);
    for (const [pid, signal] of alive) {
      if (signal === undefined) continue;
      // Asking politely once is enough; a second time would make PostgreSQL give up its own clean-up.
      if (signal !== 'SIGKILL' && asked.has(pid)) continue;
      asked.add(pid);
      send(pid, signal);
    }
    removeFolders();
    if ((complete && alive.size === 0) || performance.now() - began > limitMs) break;
    // Looking through all processes takes long on a busy machine; it is done again once the known ones have gone.
    complete = alive.size === 0;
    if (!complete) await new Promise((resolve) => setTimeout(resolve, 15));
  }
  removeSharedMemory(ours);
  removeFolders();
  // Not process.exit(): it can wait for Node's own threads for ever (nodejs/node#54918), and nothing is left to save.
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Finds every process of the run and stops it where it stands. Were they killed one by one as they are found, one of
 * them could start another between being seen and being killed, and nothing would tell whose that was.
 * @param {Map<number, {startTime: string, heir: boolean}>} ours
 */
async function freeze(ours) {
  const until = performance.now() + freezeMs;
  for (let known = -1; ; ) {
    findOurs(ours);
    let moving = 0;
    for (const [pid, { startTime, heir }] of hasProc ? ours : []) {
      // Those that end by themselves have to be able to.
      if (heir || tracked.get(pid)?.stopSignal) continue;
      const stat = readStat(pid);
      if (stat?.startTime !== startTime || isOver(stat) || stat.state === 'T') continue;
      moving += 1;
      send(pid, 'SIGSTOP');
    }
    if ((moving === 0 && ours.size === known) || performance.now() > until) return;
    known = ours.size;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whoever waits for the machine to be clean again waits for this process. */
function hurry() {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Only the administrator may.
  }
}

/**
 * Adds every live process of the run: tracked ones, their descendants in whatever session, any process that carries
 * the run's mark in its environment, and the stores of its folders. `heir` says that a process with a stop signal of its own started it.
 * @param {Map<number, {startTime: string, heir: boolean}>} ours
 */
function findOurs(ours) {
  if (!hasProc) return;
  const processes = listProcesses();
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const [pid, { parent }] of processes) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  /** @param {number} pid @param {boolean} heir */
  const add = (pid, heir) => {
    const startTime = processes.get(pid)?.startTime;
    if (pid === process.pid || startTime === undefined) return;
    const known = ours.get(pid);
    if (known?.startTime === startTime) known.heir ||= heir;
    else ours.set(pid, { startTime, heir });
  };
  for (const [pid, { startTime }] of tracked) {
    // Not another process that was given its number.
    if (processes.get(pid)?.startTime === startTime) add(pid, false);
  }
  for (const pid of processes.keys()) if (carriesMark(pid) || isStore(pid)) add(pid, false);
  for (const pid of [...ours.keys()]) {
    const heir = tracked.get(pid)?.stopSignal !== undefined;
    for (const descendant of descendants(pid, children)) add(descendant, heir);
  }
}

/**
 * Those still alive, with the signal each is due now. While there is time to be polite, none is due to what a
 * process with a stop signal started: killing a backend first would make PostgreSQL recover from a crash.
 * @param {Map<number, {startTime: string, heir: boolean}>} ours
 * @param {boolean} polite
 */
function dueSignals(ours, polite) {
  /** @type {Map<number, NodeJS.Signals | undefined>} */
  const due = new Map();
  for (const [pid, { startTime, heir }] of ours) {
    const stat = readStat(pid);
    if (stat?.startTime !== startTime || isOver(stat)) continue;
    const stopSignal = polite ? tracked.get(pid)?.stopSignal : undefined;
    due.set(pid, stopSignal ?? (polite && heir ? undefined : 'SIGKILL'));
  }
  return due;
}

/** Where the system has no /proc: the process groups of the tracked processes. @param {boolean} polite */
function trackedGroups(polite) {
  /** @type {Map<number, NodeJS.Signals | undefined>} */
  const alive = new Map();
  for (const [pid, { stopSignal }] of tracked) {
    if (groupExists(pid)) alive.set(pid, polite && stopSignal ? stopSignal : 'SIGKILL');
  }
  return alive;
}

/** @param {number} pid @param {Map<number, number[]>} children @returns {number[]} */
function descendants(pid, children) {
  const direct = children.get(pid) ?? [];
  return [...direct, ...direct.flatMap((child) => descendants(child, children))];
}

/** Live processes, zombies left out. @returns {Map<number, {parent: number, startTime: string}>} */
function listProcesses() {
  const processes = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat && !isOver(stat)) processes.set(Number(name), stat);
  }
  return processes;
}

/** @param {number} pid */
function carriesMark(pid) {
  if (pid === process.pid || runId === '') return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false; // Gone meanwhile, or of another user and so not ours.
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
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    return [...folders].some(
      (folder) => workFolder.startsWith(`${folder}/`) && command.includes(`${folder}/`),
    );
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
    // A stopped process takes nothing but SIGKILL.
    if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') process.kill(hasProc ? pid : -pid, 'SIGCONT');
  } catch {
    // Gone meanwhile.
  }
}

function removeFolders() {
  for (const folder of folders) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody is still writing into it; the next round tries again.
    }
  }
}

/** PostgreSQL keeps a few bytes of System V shared memory, which a SIGKILL leaves behind. @param {Map<number, unknown>} creators */
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
