import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type SpawnedHarness, spawnHarness, waitUntilGone } from './testing/spawned-harness.ts';

/** The promise of the reaper: everything is gone this long after the harness, milliseconds. */
const goneWithinMs = 2_000;

async function kill(harness: SpawnedHarness): Promise<string[]> {
  const runId = basename(await harness.runDir());
  harness.child.kill('SIGKILL');
  await harness.ended();
  return waitUntilGone(runId, goneWithinMs);
}

async function logSays(harness: SpawnedHarness, node: string, pattern: RegExp): Promise<void> {
  const file = join(await harness.runDir(), 'logs', `${node}.log`);
  while (!(existsSync(file) && pattern.test(await readFile(file, 'utf8')))) {
    if (harness.child.exitCode !== null) throw new Error(`The harness ended first:\n${harness.output()}`);
    await delay(5);
  }
}

describe.skipIf(!existsSync('/proc/self/environ'))('killing the harness with -9', () => {
  it('leaves nothing of a run that was booting', async () => {
    await using harness = await spawnHarness(['run', '--only', 'infrastructure']);
    await harness.says(/ready +postgres/);
    expect(await kill(harness)).toEqual([]);
  });

  it('leaves nothing of a run whose checks, browser and load generator were at work', async () => {
    await using harness = await spawnHarness(['run', '--only', 'frontend']);
    await harness.says(/pass .*frontend\./);
    expect(await kill(harness)).toEqual([]);
  });

  it('leaves nothing of a run that was being taken down', async () => {
    await using harness = await spawnHarness(['run', '--only', 'infrastructure.redis']);
    await harness.says(/infrastructure\.redis/);
    await logSays(harness, 'frontend', /"msg":"stopping"/);
    expect(await kill(harness)).toEqual([]);
  });
});
