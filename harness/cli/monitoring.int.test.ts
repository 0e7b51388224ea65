import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Result } from '../judge/result.ts';
import { findMonitoring } from '../run/platform/monitoring-programs.ts';
import { spawnHarness, waitUntilGone } from './testing/spawned-harness.ts';

const selected = 'infrastructure.monitoring';

async function outcomes(runDir: string): Promise<Record<string, string>> {
  const result = Result.parse(JSON.parse(await readFile(join(runDir, 'result.json'), 'utf8')));
  const own = result.checks.filter(({ id }) => id.startsWith(`${selected}.`));
  return Object.fromEntries(own.map(({ id, outcome }) => [id.slice(selected.length + 1), outcome]));
}

const names = ['alert-fires-and-clears', 'dashboards-have-data', 'rules-loaded', 'targets-up'];

describe.skipIf(findMonitoring(process.env) === undefined)('with the programs of monitoring', () => {
  it('all targets are up, all queries have data, and an alert fires and clears', {
    timeout: 150_000,
  }, async () => {
    await using harness = await spawnHarness(['run', '--with', 'monitoring', '--only', selected]);
    await harness.ended();
    const found = await outcomes(await harness.runDir());
    expect(found, harness.output()).toEqual(Object.fromEntries(names.map((name) => [name, 'pass'])));
  });

  it('SIGKILL of the harness leaves no program behind', { timeout: 90_000 }, async () => {
    await using harness = await spawnHarness(['run', '--with', 'monitoring', '--only', selected]);
    await harness.prints(/pass .*rules-loaded/);
    const runId = basename(await harness.runDir());
    harness.child.kill('SIGKILL');
    await harness.ended();
    expect(await waitUntilGone(runId, 2_000)).toEqual([]);
  });
});

it('without --with monitoring its checks are unmeasured, with the command to measure them', async () => {
  await using harness = await spawnHarness(['run', '--only', `${selected}.targets-up`]);
  await harness.ended();
  const runDir = await harness.runDir();
  expect(await outcomes(runDir)).toMatchObject({ 'targets-up': 'unmeasured' });
  expect(await readFile(join(runDir, 'report.md'), 'utf8')).toMatch(
    /run --with monitoring|prometheus-alertmanager|prometheus\.io/,
  );
});
