import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeAbandonedRuns } from '../folders/abandoned-runs.ts';
import { findAbandonedRuns } from '../testcontainers/abandoned-objects.ts';
import { connectEngine } from '../testcontainers/engine.ts';
import { engineResponds, objectsOf } from '../testing/container-stacks.ts';
import { startReaper } from './reaper.ts';

const harness = fileURLToPath(new URL('../testing/killable-container-harness.ts', import.meta.url));

describe.runIf(process.platform === 'linux' && engineResponds())('the reaper of a run in containers', () => {
  let folder: string;
  let runId: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reaped-containers-'));
    runId = `test-${folder.slice(-6)}`;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ['while containers are created', 'gateway starting'],
    ['when everything is booted', 'booted'],
    ['while it stops', 'stopping'],
  ])('leaves no container, network or volume when killed %s', async (_when, killAt) => {
    const child = spawn(process.execPath, [harness, runId, folder, killAt === 'stopping' ? 'stop' : 'wait'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) if (line === killAt) break;
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => objectsOf(runId), { timeout: 20_000, interval: 100 }).toEqual([]);
  });

  test('is replaced by the next start when it was killed with its harness', async () => {
    const child = spawn(process.execPath, [harness, runId, folder, 'wait'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let reaper: number | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('reaper ')) reaper = Number(line.slice('reaper '.length));
      if (line === 'booted') break;
    }
    // A pid of 0 means the whole process group of this test.
    if (reaper === undefined) throw new Error('The harness ended before it printed the pid of its reaper.');
    process.kill(reaper, 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(objectsOf(runId).length).toBeGreaterThan(2);

    await using own = startReaper({ runId: `${runId}-next` });
    const engine = await connectEngine({ runId: `${runId}-next`, reaper: own });
    expect(objectsOf(runId)).toEqual([]);

    const network = await engine.docker.createNetwork({
      Name: `${runId}-next`,
      Labels: { ...engine.labels },
    });
    expect(await findAbandonedRuns(engine.docker)).not.toContain(`${runId}-next`);
    await network.remove();
    await removeAbandonedRuns();
  });
});
