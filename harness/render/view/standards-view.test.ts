import { describe, expect, it } from 'vitest';
import { sampleCheck } from '../testing/sample-checks.ts';
import { standardsView } from './standards-view.ts';

describe('compliance with a standard', () => {
  it('is the share of passing checks, weighted by severity, where unknown ones count as failed', () => {
    const standards = ['ASVS 9.1.1' as const, 'API2' as const];
    const checks = [
      sampleCheck({ id: 'a.a', severity: 'blocker', standards }),
      sampleCheck({ id: 'a.b', severity: 'high', outcome: 'fail', cause: 'product', standards }),
      sampleCheck({ id: 'a.c', severity: 'high', outcome: 'unmeasured', standards: ['ASVS 9.1.2'] }),
      sampleCheck({ id: 'a.d', severity: 'high', outcome: 'notApplicable', standards }),
      sampleCheck({ id: 'a.e' }),
    ];
    expect(standardsView({ checks })).toEqual([
      {
        id: 'V9',
        title: 'Self-contained Tokens',
        compliance: '50.0 %',
        passed: '1 of 3',
        measured: '2 of 7',
      },
      {
        id: 'API2',
        title: 'Broken authentication',
        compliance: '66.6 %',
        passed: '1 of 2',
        measured: '1 of 1',
      },
    ]);
  });
});
