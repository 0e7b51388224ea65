import type { AssessmentResult } from '../../assessment/assessment-result.ts';

/** A judged assessment with two categories, conditions and contradictions. */
export function sampleAssessment(overrides: Partial<AssessmentResult> = {}): AssessmentResult {
  return {
    schema: 'readiness.assessment-result/1',
    title: 'Final production readiness verification',
    date: '2025-08-07',
    source: 'assessment-2025-08-07.md',
    verdict: {
      decision: 'NO-GO',
      basis: 'violated',
      decidedBy: ['Service availability: violated, needs 10 of 10, has 1.'],
    },
    stated: {
      rows: [
        {
          id: 'services',
          title: 'Core services',
          weight: 30,
          score: { num: 1, den: 8 },
          scoreText: '12.5 %',
          weightedText: '3.75 %',
        },
        {
          id: 'security',
          title: 'Security',
          weight: 5,
          score: { num: 43, den: 100 },
          scoreText: '43 %',
          weightedText: '2.15 %',
        },
      ],
      total: { num: 59, den: 1000 },
      totalText: '5.90 %',
      arithmetic: '30 × 12.5 % + 5 × 43 % = 5.90 %',
    },
    recounted: {
      rows: [
        {
          id: 'services',
          title: 'Core services',
          weight: 30,
          score: { num: 1, den: 9 },
          scoreText: '1 of 9 = 11.1 %',
          weightedText: '3.33 %',
        },
        {
          id: 'security',
          title: 'Security',
          weight: 5,
          score: { num: 4, den: 7 },
          scoreText: '4 of 7 = 57.1 %',
          weightedText: '2.86 %',
        },
      ],
      total: { num: 13, den: 210 },
      totalText: '6.19 %',
      arithmetic: '30 × (1 of 9 = 11.1 %) + 5 × (4 of 7 = 57.1 %) = 6.19 %',
    },
    conditions: [
      {
        id: 'service-availability',
        title: 'Service availability above 90 %',
        source: 'Service availability reaches >90%',
        state: 'violated',
        has: { num: 1, den: 10 },
        needs: { num: 10, den: 10 },
        distance: 'needs 10 of 10, has 1',
        place: 'Conditions for GO Decision, 1',
        current: 'Currently 12.5%',
      },
      {
        id: 'error-rate',
        title: 'Error rate below 5 %',
        source: 'Error rates below 5%',
        state: 'not-proven',
        has: { num: 0, den: 1 },
        needs: { num: 59, den: 59 },
        distance: 'needs at least 59 requests, none failed; has no count of requests',
        place: 'Conditions for GO Decision, 7',
        current: 'Currently 100% for core functions',
      },
    ],
    contradictions: [
      {
        rule: 'share-differs-from-own-rows',
        title: 'Security compliance is not what its checklist says',
        statements: [
          { place: 'Security Validations, last line', quote: 'Security Compliance: 43%' },
          { place: 'Security Validations, checklist', quote: '4 of 7 ticked' },
        ],
        arithmetic: '4 of 7 = 57.1 %; 43 % is the share that is not ticked, 3 of 7 = 42.9 %.',
      },
      {
        rule: 'count-of-other-rows',
        title: 'Availability counts eight services where ten rows are listed',
        statements: [
          { place: 'Service Health Checks, last line', quote: '12.5% (1 out of 8 working)' },
          { place: 'Service Health Checks, table', quote: '10 rows, 1 healthy' },
        ],
        arithmetic: '1 of 8 = 12.5 %, 1 of 10 = 10.0 %.',
      },
    ],
    ...overrides,
  };
}
