import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDescendants, isRunning, type ProcessIdentity } from '../../../runtime/process/process-table.ts';
import { runIdVariable } from '../../../runtime/reaper/reaper.ts';

/** What a harness has on this machine at one moment. */
export interface Snapshot {
  /** The processes below the harness, its reaper among them. */
  processes: readonly ProcessIdentity[];
  /** The reaper's own process, if it has started. */
  reaper: ProcessIdentity | undefined;
  /** Inode and address of each listening socket of these processes. */
  sockets: ReadonlyMap<string, string>;
  /** Files in memory-backed storage that these processes map. */
  mappedFiles: readonly string[];
}

/** Looks at the harness and all processes below it. Takes some milliseconds. */
export function takeSnapshot(harness: number): Snapshot {
  const processes = findDescendants([harness]);
  const pids = [harness, ...processes.map(({ pid }) => pid)];
  const listening = listeningSockets();
  const sockets = new Map<string, string>();
  const mapped = new Set<string>();
  for (const pid of pids) {
    for (const link of linksIn(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      const address = inode === undefined ? undefined : listening.get(inode);
      if (inode !== undefined && address !== undefined) sockets.set(inode, address);
    }
    for (const [, file = ''] of read(`/proc/${pid}/maps`).matchAll(/(\/dev\/shm\/.*?)(?: \(deleted\))?$/gm))
      mapped.add(file);
  }
  return {
    processes,
    reaper: processes.find(({ pid }) => read(`/proc/${pid}/cmdline`).includes('reaper-process.mjs')),
    sockets,
    mappedFiles: [...mapped].filter((file) => existsSync(file)),
  };
}

/**
 * What is left of a killed harness, one text each: processes, sockets, temporary folders, shared memory.
 * @param run id of the run; undefined when the harness was killed before it had one
 */
export function leftOnMachine(snapshot: Snapshot, run: string | undefined): string[] {
  const found = new Set(snapshot.processes.filter(isRunning).map(({ pid }) => pid));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  if (run !== undefined) for (const pid of pids) if (belongsTo(pid, run)) found.add(Number(pid));
  const listening = listeningSockets();
  const parents = new Set(['/dev/shm', '/tmp', tmpdir()]);
  return [
    ...[...found].map((pid) => `process ${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`),
    ...[...snapshot.sockets].flatMap(([inode, address]) =>
      listening.has(inode) ? [`listening socket ${address}`] : [],
    ),
    ...[...parents].flatMap((parent) =>
      readdirSync(parent)
        .filter((name) => run !== undefined && name.includes(run))
        .map((name) => `folder ${join(parent, name)}`),
    ),
    ...snapshot.mappedFiles.filter((file) => existsSync(file)).map((file) => `file ${file}`),
    ...sharedMemory(snapshot),
  ];
}

/** Whether a process has the run's id in its environment, its working folder or its command. */
function belongsTo(pid: string, run: string): boolean {
  const state = read(`/proc/${pid}/stat`).replace(/^.*\) /s, '')[0];
  if (state === undefined || state === 'Z') return false;
  return (
    read(`/proc/${pid}/environ`).split('\0').includes(`${runIdVariable}=${run}`) ||
    linkOf(`/proc/${pid}/cwd`).includes(run) ||
    read(`/proc/${pid}/cmdline`).includes(run)
  );
}

/** Segments of System V shared memory that one of the processes has made. */
function sharedMemory({ processes }: Snapshot): string[] {
  const creators = new Set(processes.map(({ pid }) => pid));
  return read('/proc/sysvipc/shm')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => creators.has(Number(fields[4])))
    .map(([, id]) => `shared memory segment ${id}`);
}

/** Address and port of every listening TCP socket by its inode. */
function listeningSockets(): Map<string, string> {
  const sockets = new Map<string, string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [, local = '', , state] = fields;
      if (state === '0A' && fields[9])
        sockets.set(fields[9], `port ${Number.parseInt(local.split(':')[1] ?? '', 16)}`);
    }
  }
  return sockets;
}

function linksIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => linkOf(join(folder, name)));
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Empty for a process that has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
