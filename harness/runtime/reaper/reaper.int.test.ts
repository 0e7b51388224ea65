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
/** Far beyond the 2 s that are promised: these tests are about what is left, and the machine may be busy. */
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

/** Live processes of a run: by the mark in their environment, their working folder or their command. */
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

describe.runIf(existsSync('/proc/self/stat'))('after kill -9 of the harness', () => {
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
  ])('%s, no process, folder or shared memory of the run is left', async (_when, ending, killAt) => {
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

  test('an orderly end leaves nothing either, and the reaper goes too', async () => {
    const child = spawn(process.execPath, [harness, runId, join(folder, 'run'), 'end'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = await untilLine(child, 'over');
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
  test('ends processes that other parts registered, spares forgotten ones, and removes folders', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reaped-'));
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'file'), '');
    const sleeper = () => spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
    const [tracked, polite, forgotten] = [sleeper(), sleeper(), sleeper()];
    const reaper = startReaper({ runId: 'registered' });
    reaper.trackFolder(folder);
    reaper.trackProcess(tracked.pid as number);
    reaper.trackProcess(polite.pid as number, { stopSignal: 'SIGQUIT' });
    reaper.trackProcess(forgotten.pid as number);
    reaper.forgetProcess(forgotten.pid as number);
    const ends = Promise.all([once(tracked, 'exit'), once(polite, 'exit')]);
    await reaper[Symbol.asyncDispose]();
    const [[, trackedSignal], [, politeSignal]] = await ends;
    expect([trackedSignal, politeSignal]).toEqual(['SIGKILL', 'SIGQUIT']);
    expect(existsSync(folder)).toBe(false);
    expect(forgotten.exitCode ?? forgotten.signalCode).toBeNull();
    forgotten.kill('SIGKILL');
  });

  test('insists where a stop signal is ignored', async () => {
    const stubborn = spawn('sh', ['-c', 'trap "" QUIT; echo deaf; while :; do sleep 1; done'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(stubborn.stdout, 'data');
    const reaper = startReaper({ runId: 'insisting' });
    reaper.trackProcess(stubborn.pid as number, { stopSignal: 'SIGQUIT' });
    const end = once(stubborn, 'exit');
    await reaper[Symbol.asyncDispose]();
    expect((await end)[1]).toBe('SIGKILL');
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'goes on after %s, with work left to do',
    async (signal) => {
      const sleeper = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
      const reaper = startReaper({ runId: 'undeterred' });
      reaper.trackProcess(sleeper.pid as number);
      const caught = () =>
        BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(read(`/proc/${reaper.pid}/status`))?.[1] ?? 0}`);
      // The last signal it takes care of; Node itself catches some of the others for a moment at its start.
      const ready = () => ((caught() >> BigInt(constants.signals.SIGQUIT - 1)) & 1n) === 1n;
      if (existsSync('/proc/self/stat')) await expect.poll(ready).toBe(true);
      process.kill(reaper.pid, signal);
      const end = once(sleeper, 'exit');
      await reaper[Symbol.asyncDispose]();
      expect((await end)[1]).toBe('SIGKILL');
    },
  );
});
