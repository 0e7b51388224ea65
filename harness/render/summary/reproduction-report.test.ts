import { expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-result.ts';
import {
  isHealed,
  type ReproducedFault,
  type ReproductionView,
  reproductionReport,
} from './reproduction-report.ts';

const terminal = { columns: 100, colour: false, interactive: false } as Parameters<
  typeof reproductionReport
>[1];
const result = sampleResult();
const [failing = result.checks[0]] = result.checks.filter(({ outcome }) => outcome === 'fail');

const fault: ReproducedFault = {
  name: 'database.wrong-password=platform-services',
  title: 'A service has a wrong database password',
  blockers: ['P8'],
  recorded: 'InvalidPasswordError',
  cause: 'The passwords differ.',
  fix: 'Give both the same.',
  bite: { bit: true, seen: '28P01' },
  symptom: { where: 'platform-services', text: 'password authentication failed' },
};

const view: ReproductionView = {
  faults: [fault],
  red: [failing?.id ?? ''],
  green: ['services.of-nobody.ready'],
  state: 'caught',
  explanation: 'The check fails that must.',
  result,
  healed: undefined,
  runDir: 'reports/runs/1',
};

it('sets what is seen beside what was recorded, and names cause, fix and files', () => {
  const text = reproductionReport(view, terminal);
  for (const part of [
    'database.wrong-password=platform-services  A service has a wrong database password',
    'Recorded    InvalidPasswordError',
    'Seen now    platform-services: password authentication failed',
    'Took hold   yes: 28P01',
    `fail        ${failing?.id}`,
    'services.of-nobody.ready: not run',
    'Fix         Give both the same.',
    'reports/runs/1/report.html',
    'Reproduced and caught. The check fails that must.',
  ])
    expect(text).toContain(part);
  expect(text).not.toContain('Healed');
});

it('says what is not as declared', () => {
  const text = reproductionReport(
    {
      ...view,
      faults: [{ ...fault, bite: undefined, symptom: undefined }],
      state: 'no-bite',
      explanation: 'It did not boot.',
    },
    terminal,
  );
  expect(text).toContain('Took hold   no: the platform did not boot');
  expect(text).toContain('Seen now    nothing of it');
  expect(text).toContain('Not as declared (no-bite). It did not boot.');
});

it('names the causes of two faults', () => {
  const text = reproductionReport(
    { ...view, faults: [fault, { ...fault, name: 'redis.evicts=gateway', title: 'Redis deletes keys' }] },
    terminal,
  );
  expect(text).toContain('redis.evicts=gateway  Redis deletes keys');
  expect(text.match(/Recorded {4}InvalidPasswordError/g)).toHaveLength(2);
});

it('says whether the platform is healed', () => {
  const checks = result.checks.map((check) => ({ ...check, outcome: 'pass' as const }));
  const healthy = sampleResult({ checks });
  expect(isHealed(healthy)).toBe(true);
  expect(isHealed(result)).toBe(false);
  expect(isHealed({ ...healthy, harnessErrors: ['The platform is not as before: a trigger.'] })).toBe(false);
  expect(reproductionReport({ ...view, healed: healthy }, terminal)).toMatch(
    /Healed {6}yes: all \d+ checks pass\./,
  );
  expect(reproductionReport({ ...view, healed: result }, terminal)).toContain('Healed      no: ');
});
