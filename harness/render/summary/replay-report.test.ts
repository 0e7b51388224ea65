import { expect, it } from 'vitest';
import type { Replay } from '../../assessment/replay/replay.ts';
import { renderReplay } from './replay-report.ts';

const replay: Replay = {
  schema: 'readiness.replay/1',
  title: 'Assessment',
  date: '2025-08-07',
  runId: 'abc',
  decision: 'NO-GO',
  faults: ['gateway.down=gateway'],
  conditions: 7,
  conditionsNotMet: 7,
  lines: [
    {
      place: 'Services',
      title: 'API Gateway',
      stated: 'DOWN',
      measured: 'fails (0 of 1 checks pass)',
      agrees: true,
      explanation: 'Root causes: gateway is not ready.',
    },
    {
      place: 'Security',
      title: 'Network Security',
      stated: 'works',
      measured: 'unknown (0 of 1 checks pass)',
      agrees: false,
      explanation: 'The document states it without a measurement.',
    },
  ],
};

it('sets each line of the document beside the run, marks differences, and explains each', () => {
  const text = renderReplay(replay, { columns: 100, rows: 40, colour: false, interactive: false });
  expect(text).toContain('NO-GO; 7 of 7 conditions are not met.');
  expect(text).toContain('2 lines, 1 differ.');
  expect(text).toMatch(/= +API Gateway +DOWN +fails/);
  expect(text).toMatch(/≠ +Network Security +works +unknown/);
  expect(text).toContain('Root causes: gateway is not ready.');
  expect(text).toContain('The document states it without a measurement.');
});
