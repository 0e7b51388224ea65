import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type SpawnedHarness, spawnHarness, waitUntilGone } from './testing/spawned-harness.ts';

/** Maximum time in which the reaper removes everything of a killed harness, milliseconds. */
const goneWithinMs = 2_000;

async function kill(harness: SpawnedHarness): Promise<string[]> {
  const runId = basename(await harness.runDir());
  harness.child.kill('SIGKILL');
  await harness.ended();
  return waitUntilGone(runId, goneWithinMs);
}

async function logged(harness: SpawnedHarness, node: string, pattern: RegExp): Promise<void> {
  const file = join(await harness.runDir(), 'logs', `${node}.log`);
  while (!(existsSync(file) && pattern.test(await readFile(file, 'utf8')))) {
    if (harness.child.exitCode !== null) throw new Error(`The harness ended first:\n${harness.output()}`);
    await delay(5);
  }
}

describe.skipIf(!existsSync('/proc/self/environ'))('SIGKILL of the harness', () => {
  it('leaves nothing behind during the boot', async () => {
    await using harness = await spawnHarness(['run', '--only', 'infrastructure']);
    await harness.prints(/ready +postgres/);
    expect(await kill(harness)).toEqual([]);
  });

  it('leaves nothing behind while checks, browser and load generator are running', async () => {
    await using harness = await spawnHarness(['run', '--only', 'frontend']);
    await harness.prints(/pass .*frontend\./);
    expect(await kill(harness)).toEqual([]);
  });

  it('leaves nothing behind while the platform stops', async () => {
    await using harness = await spawnHarness(['run', '--only', 'infrastructure.redis']);
    await harness.prints(/infrastructure\.redis/);
    await logged(harness, 'frontend', /"msg":"stopping"/);
    expect(await kill(harness)).toEqual([]);
  });
});
