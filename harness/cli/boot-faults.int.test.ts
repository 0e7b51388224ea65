import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCode } from '../errors/exit-code.ts';
import { faults } from '../faults/catalogue.ts';
import { Result } from '../judge/result.ts';
import { spawnHarness } from './testing/spawned-harness.ts';

/** Time limit of the boot, seconds. A service that hangs uses all of it. */
const bootLimit = 15;

describe.each(faults.map((fault) => [fault.id, fault] as const))('the fault %s', (id, fault) => {
  it('gives a NO-GO report with the service, the cause and the log line', async () => {
    await using harness = await spawnHarness([
      'run',
      '--only',
      `services.${fault.defaultService}.ready`,
      '--fault',
      id,
      '--boot-timeout',
      String(bootLimit),
    ]);
    expect(await harness.ended(), harness.output()).toBe(exitCode.violated);
    const runDir = await harness.runDir();
    const result = Result.parse(JSON.parse(await readFile(join(runDir, 'result.json'), 'utf8')));

    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated' });
    expect(result.faults).toEqual([`${id}=${fault.defaultService}`]);
    expect(result.boot.filter(({ state }) => state === 'failed').map(({ node }) => node)).toEqual([
      fault.defaultService,
    ]);
    const blocker = result.blockers.find(({ cause, logs }) =>
      [cause, ...logs.map(({ text }) => text)].some((text) => fault.symptom.test(text)),
    );
    expect(blocker?.cause).toContain(fault.defaultService);
    expect(blocker?.reproduce).toMatch(/^npm run readiness -- check /);
    expect(harness.output()).toMatch(fault.symptom);
    expect(await readFile(join(runDir, 'report.html'), 'utf8')).toContain(fault.defaultService);
  });
});
