import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { exitCode } from '../errors/exit-code.ts';
import { faults as all } from '../faults/catalogue.ts';
import { Result } from '../judge/result.ts';
import { spawnHarness } from './testing/spawned-harness.ts';

/** Time limit of the boot, seconds. A service that hangs uses all of it. */
const bootLimit = 15;

/** Faults of the boot, each in a service of its own: the report of one run must tell them apart. */
const faults = all.filter(({ id }) =>
  [
    'database.wrong-password',
    'service.exits-at-start',
    'service.hangs-at-start',
    'service.port-taken',
  ].includes(id),
);

let result: Result;
let output: string;
let html: string;
let diagnosed: Diagnosis;

beforeAll(async () => {
  await using harness = await spawnHarness([
    'run',
    ...faults.flatMap(({ id, defaultService }) => [
      '--fault',
      id,
      '--only',
      `services.${defaultService}.ready`,
    ]),
    '--boot-timeout',
    String(bootLimit),
  ]);
  expect(await harness.ended(), harness.output()).toBe(exitCode.violated);
  output = harness.output();
  const runDir = await harness.runDir();
  result = Result.parse(JSON.parse(await readFile(join(runDir, 'result.json'), 'utf8')));
  html = await readFile(join(runDir, 'report.html'), 'utf8');
  await using diagnosis = await spawnHarness(['diagnose', '--json', runDir]);
  expect(await diagnosis.ended(), diagnosis.output()).toBe(exitCode.violated);
  diagnosed = JSON.parse(diagnosis.output());
}, 120_000);

it('a run with faults is NO-GO, names each of them, and only their services fail', () => {
  expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated' });
  expect(result.faults).toEqual(faults.map(({ id, defaultService }) => `${id}=${defaultService}`).sort());
  const services = faults.map(({ defaultService }) => defaultService).sort();
  expect(
    result.boot
      .filter(({ state }) => state === 'failed')
      .map(({ node }) => node)
      .sort(),
  ).toEqual(services);
  expect(new Set(services).size).toBe(faults.length);
});

it.each(faults.map((fault) => [fault.id, fault] as const))(
  'the report of %s has the service, the cause and the log line',
  (_id, { defaultService, symptom }) => {
    const check = result.checks.find(({ id }) => id === `services.${defaultService}.ready`);
    expect(check).toMatchObject({ outcome: 'fail' });
    const blockers = result.blockers.filter(({ cause, logs }) =>
      [cause, ...logs.map(({ text }) => text)].some((text) => symptom.test(text)),
    );
    expect(blockers).toHaveLength(1);
    expect(blockers[0]?.cause).toContain(defaultService);
    expect(blockers[0]?.reproduce).toMatch(/^npm run readiness -- check /);
    expect(output).toMatch(symptom);
    expect(html).toContain(defaultService);
  },
);

it('the diagnosis of the stored run has one root cause for each fault, in its service, and explains every failure', () => {
  const services = faults.map(({ defaultService }) => defaultService).sort();
  expect(diagnosed.causes.map(({ component }) => component).sort()).toEqual(services);
  expect(diagnosed.unexplained).toEqual([]);
});
