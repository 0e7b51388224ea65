import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engineResponds, objectsOf } from '../testing/container-stacks.ts';

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
});
