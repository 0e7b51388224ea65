import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findDescendants, isRunning } from '../process/process-table.ts';
import { runMark, startReaper } from './reaper.ts';

const harness = fileURLToPath(new URL('../testing/killable-harness.ts', import.meta.url));
/** Longer than the documented 2 s: these tests check what is left, and the machine may be busy. */
const limit = { timeout: 10_000, interval: 20 };

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

/** Live processes of a run, found by the marker in their environment, their working folder or their command. */
function processesOf(runId: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      const state = read(`/proc/${pid}/stat`).replace(/^.*\) /s, '')[0];
      return (
        state !== 'Z' &&
        (read(`/proc/${pid}/environ`).includes(`${runMark}=${runId}`) ||
          linkOf(`/proc/${pid}/cwd`).includes(runId) ||
          read(`/proc/${pid}/cmdline`).includes(runId))
      );
    })
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

const sharedMemory = () =>
  read('/proc/sysvipc/shm')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 6);

describe.runIf(existsSync('/proc/self/stat'))('the reaper of a run', () => {
  let folder: string;
  let runId: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reaper-'));
    runId = folder.slice(-6);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ['while the first store starts', 'wait', 'postgres starting'],
    ['while services start', 'wait', 'gateway starting'],
    ['while the migrations run', 'wait', 'migrate starting'],
    ['when everything is booted', 'wait', 'booted'],
    ['while it stops', 'stop', 'stopping'],
  ])('leaves no process, folder or shared memory when killed %s', async (_when, ending, killAt) => {
    const child = spawn(process.execPath, [harness, runId, join(folder, 'run'), ending], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await untilLine(child, killAt);
    const started = findDescendants([child.pid as number]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => processesOf(runId), limit).toEqual([]);
    await expect.poll(() => started.filter(isRunning), limit).toEqual([]);
    await expect
      .poll(
        () =>
          ['/dev/shm', tmpdir()].filter((parent) =>
            existsSync(join(parent, `pyairtable-readiness-${runId}`)),
          ),
        limit,
      )
      .toEqual([]);
    expect(sharedMemory().filter((fields) => started.some(({ pid }) => pid === Number(fields[4])))).toEqual(
      [],
    );
  });

  test('leaves nothing after a regular end, and the reaper exits too', async () => {
    const child = spawn(process.execPath, [harness, runId, join(folder, 'run'), 'end'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = await untilLine(child, 'ended');
    expect(processesOf(runId)).toEqual([expect.stringContaining('killable-harness')]);
    expect(() => process.kill(Number(lines[0]?.replace('reaper ', '')), 0)).toThrow(/ESRCH/);
    child.stdin?.end();
    await once(child, 'exit');
    expect(processesOf(runId)).toEqual([]);
  });
});

async function untilLine(child: ChildProcess, wanted: string): Promise<string[]> {
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of reader) {
    lines.push(line);
    if (line === wanted) return lines;
  }
  throw new Error(`the harness ended before "${wanted}": ${lines.join(', ')}`);
}

describe('the reaper', () => {
  test('ends registered processes but not forgotten ones, and removes folders', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reaped-'));
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'file'), '');
    const sleeper = () => spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
    const [tracked, signalled, forgotten] = [sleeper(), sleeper(), sleeper()];
    const reaper = startReaper({ runId: 'registered' });
    reaper.trackFolder(folder);
    reaper.trackProcess(tracked.pid as number);
    reaper.trackProcess(signalled.pid as number, { stopSignal: 'SIGQUIT' });
    reaper.trackProcess(forgotten.pid as number);
    reaper.forgetProcess(forgotten.pid as number);
    const ends = Promise.all([once(tracked, 'exit'), once(signalled, 'exit')]);
    await reaper[Symbol.asyncDispose]();
    const [[, trackedSignal], [, signalledSignal]] = await ends;
    expect([trackedSignal, signalledSignal]).toEqual(['SIGKILL', 'SIGQUIT']);
    expect(existsSync(folder)).toBe(false);
    expect(forgotten.exitCode ?? forgotten.signalCode).toBeNull();
    forgotten.kill('SIGKILL');
  });

  test('kills a process that ignores its stop signal', async () => {
    const stubborn = spawn('sh', ['-c', 'trap "" QUIT; echo ready; while :; do sleep 1; done'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(stubborn.stdout, 'data');
    const reaper = startReaper({ runId: 'ignored-signal' });
    reaper.trackProcess(stubborn.pid as number, { stopSignal: 'SIGQUIT' });
    const end = once(stubborn, 'exit');
    await reaper[Symbol.asyncDispose]();
    expect((await end)[1]).toBe('SIGKILL');
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('continues after %s', async (signal) => {
    const sleeper = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
    const reaper = startReaper({ runId: 'signals' });
    reaper.trackProcess(sleeper.pid as number);
    const caught = () =>
      BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(read(`/proc/${reaper.pid}/status`))?.[1] ?? 0}`);
    // The last signal that it handles; Node itself handles some of the others for a moment at its start.
    const ready = () => ((caught() >> BigInt(constants.signals.SIGQUIT - 1)) & 1n) === 1n;
    if (existsSync('/proc/self/stat')) await expect.poll(ready).toBe(true);
    process.kill(reaper.pid, signal);
    const end = once(sleeper, 'exit');
    await reaper[Symbol.asyncDispose]();
    expect((await end)[1]).toBe('SIGKILL');
  });
});
