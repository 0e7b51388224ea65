import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findDescendants, isRunning, type ProcessIdentity } from '../process/process-table.ts';
import { recordOwner, removeAbandonedRuns, runFolderPrefix } from './abandoned-runs.ts';

const harness = fileURLToPath(new URL('../testing/killable-harness.ts', import.meta.url));

describe.runIf(existsSync('/proc/self/stat'))('a run whose harness and reaper were killed', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abandoned-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('is ended and removed by the next start, including its stores', async () => {
    const runId = folder.slice(-6);
    const started = await killBoth(runId, join(folder, 'run'));
    expect(started.filter(isRunning).length).toBeGreaterThan(0);
    const runFolder = ['/dev/shm', tmpdir(), '/tmp']
      .map((parent) => join(parent, `${runFolderPrefix}${runId}`))
      .find(existsSync);
    expect(runFolder).toBeDefined();

    await removeAbandonedRuns();
    expect(started.filter(isRunning)).toEqual([]);
    expect(existsSync(runFolder ?? '')).toBe(false);
    // A removed segment is listed until the last process that used it has ended, e.g. a worker of PostgreSQL that was
    // started after the list of processes was read.
    await expect.poll(async () => withSegments(started)).toEqual([]);
  });
});

/** Processes that have created a segment of shared memory which is still listed. */
async function withSegments(processes: readonly ProcessIdentity[]): Promise<ProcessIdentity[]> {
  const segments = await readFile('/proc/sysvipc/shm', 'latin1').catch(() => '');
  const creators = segments.split('\n').map((line) => Number(line.trim().split(/\s+/)[4]));
  return processes.filter(({ pid }) => creators.includes(pid));
}

/** Kills harness and reaper. Returns all processes of the harness except the reaper. */
async function killBoth(runId: string, runDir: string): Promise<ProcessIdentity[]> {
  const child = spawn(process.execPath, [harness, runId, runDir, 'wait'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let reaper: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('reaper ')) reaper = Number(line.slice('reaper '.length));
    if (line === 'booted') break;
  }
  // A pid of 0 means the whole process group of this test.
  if (reaper === undefined) throw new Error('The harness ended before it printed the pid of its reaper.');
  const started = findDescendants([child.pid as number]).filter(({ pid }) => pid !== reaper);
  process.kill(reaper, 'SIGKILL');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return started;
}

describe('the folder of a run', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), runFolderPrefix));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const change = async (changes: object): Promise<void> => {
    await recordOwner(folder, 'some-run');
    const file = join(folder, 'owner.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }));
  };
  const gonePid = () => spawnSync(process.execPath, ['--version']).pid;

  test('is removed when its process has ended', async () => {
    await change({ pid: gonePid() });
    await mkdir(join(folder, 'postgres'));
    await removeAbandonedRuns();
    expect(existsSync(folder)).toBe(false);
  });

  test.runIf(existsSync('/proc/self/stat'))(
    'is removed when its pid belongs to a later process',
    async () => {
      await change({ startTime: '1' });
      await removeAbandonedRuns();
      expect(existsSync(folder)).toBe(false);
    },
  );

  test.each([
    ['runs', async () => change({})],
    ['is unknown', async () => undefined],
    ['is not readable', async () => writeFile(join(folder, 'owner.json'), '{"pid":')],
    ['may run in another container', async () => change({ pid: gonePid(), processNamespace: 'pid:[1]' })],
    ['may run on another machine', async () => change({ pid: gonePid(), boot: 'another' })],
  ])('is kept when its owner %s', async (_why, prepare) => {
    await prepare();
    await removeAbandonedRuns();
    expect(existsSync(folder)).toBe(true);
  });
});
