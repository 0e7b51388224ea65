import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../judge/exit-code-of.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { assessmentPolicy } from '../plan/policy.ts';
import { Assessment } from './assessment.ts';
import { AssessmentResult, type Contradiction } from './assessment-result.ts';
import { judgeAssessment } from './judge-assessment.ts';

function fixture(name: string): Assessment {
  const url = new URL(`../../fixtures/assessments/${name}.json`, import.meta.url);
  return Assessment.parse(JSON.parse(readFileSync(url, 'utf8')));
}

const original = fixture('2025-08-07');
const corrected = fixture('2025-08-07-corrected');

function changed(assessment: Assessment, change: (copy: Assessment) => void): Assessment {
  const copy = structuredClone(assessment);
  change(copy);
  return copy;
}

function found(
  assessment: Assessment,
  rule: Contradiction['rule'],
  title: RegExp,
): Contradiction | undefined {
  return judgeAssessment(assessment).contradictions.find(
    (each) => each.rule === rule && title.test(each.title),
  );
}

describe('the assessment of 2025-08-07', () => {
  const result = judgeAssessment(original);

  it('has the weights and conditions of the policy of a run', () => {
    const weights = (of: readonly { id: string; weight: number }[]): unknown[] =>
      of.map(({ id, weight }) => [id, weight]);
    expect(weights(original.categories)).toEqual(weights(assessmentPolicy.categories));
    expect(original.conditions.map(({ id, words }) => [id, words])).toEqual(
      assessmentPolicy.conditions.map(({ id, source }) => [id, source]),
    );
  });

  it('has a total of exactly 28.65 %', () => {
    expect(result.stated.total).toEqual({ num: 573, den: 2000 });
    expect(result.stated.totalText).toBe('28.65 %');
    expect(result.stated.rows.map(({ weightedText }) => weightedText)).toEqual([
      '19.00 %',
      '3.75 %',
      '0.00 %',
      '3.75 %',
      '0.00 %',
      '2.15 %',
    ]);
  });

  it('has a total of 27.07 % when counted from its own rows', () => {
    expect(result.recounted.totalText).toBe('27.07 %');
    expect(result.recounted.total).toEqual({ num: 4547, den: 16_800 });
    expect(result.recounted.rows.map(({ id, score }) => [id, `${score.num}/${score.den}`])).toEqual([
      ['infrastructure', '19/20'],
      ['services', '1/9'],
      ['authentication', '0/1'],
      ['api', '1/8'],
      ['frontend', '0/1'],
      ['security', '4/7'],
    ]);
  });

  it('is NO-GO, with every condition violated or not proven', () => {
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated' });
    expect(exitCodeOf(result)).toBe(1);
    expect(result.conditions.map(({ id, state, distance }) => [id, state, distance])).toEqual([
      ['service-availability', 'violated', 'needs 9 of 9, has 1'],
      ['authentication', 'violated', 'needs 4 of 4, has 0'],
      ['frontend', 'violated', 'needs 1 of 1, has 0'],
      ['gateway-routing', 'violated', 'needs 1 of 1, has 0'],
      ['end-to-end', 'not-proven', 'needs all, has no rows to count ("Currently impossible")'],
      ['security', 'violated', 'needs 7 of 7, has 4'],
      [
        'error-rate',
        'not-proven',
        'needs at least 59 successful requests to prove a rate below 5.0 %; has no count of requests ("Currently 100% for core functions")',
      ],
    ]);
  });

  it('contradicts itself about these facts by these rules', () => {
    expect(
      result.contradictions.map(({ rule, title }) => `${rule}: ${title.split(/: |" despite/)[0]}`),
    ).toEqual([
      'headline-differs-from-table: Overall production readiness score',
      'share-differs-from-own-rows: Service availability',
      'share-differs-from-own-rows: API functionality',
      'share-differs-from-own-rows: Frontend',
      'share-differs-from-own-rows: Security compliance',
      'share-differs-from-own-rows: Workflow management',
      'share-differs-from-own-rows: File processing',
      'count-of-other-rows: Service availability',
      'figure-without-derivation: Infrastructure',
      'same-fact-different-values: Service availability',
      'same-fact-different-values: Frontend',
      'same-fact-different-values: Security compliance',
      'same-fact-different-values: State of the frontend',
      'same-fact-different-values: State of the API gateway',
      'same-fact-different-values: State of the import errors',
      'same-fact-different-values: State of service discovery',
      'same-fact-different-values: State of the infrastructure',
      'same-fact-different-values: Parts of the deployed monitoring stack',
      'same-fact-different-values: Blocker level of the API gateway',
      'same-fact-different-values: Time until users can be let in',
      'value-of-something-never-measured: API Security',
      'value-of-something-never-measured: JWT Validation',
      'value-of-something-never-measured: Load testing, completion',
      'value-of-something-never-measured: API response times',
      'value-of-something-never-measured: Concurrent user capacity',
      'value-of-something-never-measured: Error rate',
      'value-of-something-never-measured: Throughput',
      'good-mark-beside-open-findings: "Infrastructure Foundation',
      'good-mark-beside-open-findings: "Monitoring Stack',
      'good-mark-beside-open-findings: "Security Assessment',
      'good-mark-beside-open-findings: "Infrastructure Excellence',
      'good-mark-beside-open-findings: "Infrastructure',
    ]);
  });

  it.each<[Contradiction['rule'], RegExp, string]>([
    [
      'headline-differs-from-table',
      /Overall/,
      '20 × 95 % + 30 × 12.5 % + 20 × 0 % + 15 × 25 % + 10 × 0 % + 5 × 43 % = 28.65 %, not 23 %',
    ],
    [
      'share-differs-from-own-rows',
      /Security/,
      'The rows give 4 of 7 = 57.1 %; not 90 %; not 43 %, which is the failed share (3 of 7 = 42.9 %)',
    ],
    [
      'share-differs-from-own-rows',
      /API/,
      'The rows give 1 of 8 = 12.5 %; not 25 %, which counts only "Data Access Endpoints" (1 of 4) and omits "Authentication Endpoints" (0 of 4)',
    ],
    [
      'count-of-other-rows',
      /availability/,
      'rows of kind service: 1 of 9 = 11.1 %; all rows: 1 of 10 = 10.0 %; no count is out of 8',
    ],
    [
      'same-fact-different-values',
      /Service availability/,
      '30 % (100 % minus 70 %) ≠ 12.5 % (10 times) ≠ 37.5 % (100 % minus 62.5 %) ≠ 62.5 % (100 % minus 37.5 %)',
    ],
    ['same-fact-different-values', /Time/, '6 to 8 weeks ≠ 6 to 10 weeks'],
    ['same-fact-different-values', /State of the frontend/, 'answers with HTTP 500 ≠ not running (7 times)'],
    [
      'same-fact-different-values',
      /State of the API gateway/,
      'answers, without routing ≠ refuses connections (6 times)',
    ],
    ['same-fact-different-values', /monitoring/, 'Loki, Grafana, Tempo, Mimir ≠ Grafana, Prometheus, Loki'],
    [
      'good-mark-beside-open-findings',
      /95% EXCELLENT/,
      '11 of 14 findings are closed; open: High availability, Service discovery, Alerting.',
    ],
  ])('%s %s shows its arithmetic', (rule, title, arithmetic) => {
    expect(found(original, rule, title)?.arithmetic).toBe(arithmetic);
  });

  it('gives at least two places for each contradiction', () => {
    for (const { statements } of result.contradictions) {
      expect(statements.length).toBeGreaterThanOrEqual(2);
      for (const { place, quote } of statements) expect(`${place}${quote}`).not.toBe('');
    }
  });

  it('gives the same bytes when judged again, and matches the result schema', () => {
    expect(AssessmentResult.parse(result)).toEqual(result);
    expect(canonicalJson(judgeAssessment(JSON.parse(JSON.stringify(original))))).toBe(canonicalJson(result));
  });
});

describe('the corrected assessment', () => {
  const result = judgeAssessment(corrected);

  it('states the total of its rows, 27.07 %, and is still NO-GO', () => {
    expect(result.stated.totalText).toBe('27.07 %');
    expect(result.stated.total).toEqual(result.recounted.total);
    expect(result.stated.total).toEqual(judgeAssessment(original).recounted.total);
    expect(result.verdict).toMatchObject({ decision: 'NO-GO', basis: 'violated' });
  });

  it('keeps one figure that no count gives', () => {
    expect(result.contradictions.map(({ rule, title }) => [rule, title])).toEqual([
      ['figure-without-derivation', 'Infrastructure: no count gives the stated share'],
    ]);
  });
});

describe('contradictions depend on the data alone', () => {
  it('accepts a headline that agrees with the table', () => {
    const agreeing = changed(original, ({ claims }) => {
      for (const claim of claims)
        if (claim.fact === 'overall-score') claim.value = { kind: 'share', percent: '29' };
    });
    expect(found(agreeing, 'headline-differs-from-table', /./)).toBeUndefined();
  });

  it('finds a weighted score that differs from weight times score', () => {
    const wrong = changed(original, ({ categories: [first] }) =>
      Object.assign(first ?? {}, { weighted: '19.5' }),
    );
    expect(found(wrong, 'weighted-score-differs', /Infrastructure/)?.arithmetic).toBe(
      '20 × 95 % = 19.00 %, not 19.5 %',
    );
  });

  it('counts one more tick in the checklist', () => {
    const ticked = changed(original, ({ checklists }) => {
      const row = checklists.find(({ id }) => id === 'security')?.rows.at(-1);
      if (row) row.mark = 'ok';
    });
    expect(found(ticked, 'share-differs-from-own-rows', /Security/)?.arithmetic).toMatch(
      /^The rows give 5 of 7/,
    );
    expect(judgeAssessment(ticked).conditions[5]?.distance).toBe('needs 7 of 7, has 5');
  });

  it('accepts a result when the row that it needs works', () => {
    const working = changed(original, ({ endpoints }) => {
      const login = endpoints[0]?.rows.find(({ title }) => title === 'Login');
      if (login) login.mark = 'ok';
    });
    expect(found(working, 'value-of-something-never-measured', /JWT/)).toBeUndefined();
    expect(found(working, 'value-of-something-never-measured', /Throughput/)).toBeDefined();
  });
});

describe('an assessment in which everything works', () => {
  const perfect = changed(corrected, (copy) => {
    for (const table of [copy.services, ...copy.checklists, ...copy.endpoints]) {
      for (const row of table.rows) row.mark = 'ok';
    }
    for (const list of copy.checklists) for (const row of list.rows) row.findings = [];
    for (const category of copy.categories) {
      category.mark = 'ok';
      category.score = { kind: 'share', percent: '100' };
    }
    for (const condition of copy.conditions) delete condition.states;
  });

  it('has no contradictions and the full score', () => {
    const { contradictions, recounted } = judgeAssessment(perfect);
    expect(contradictions).toEqual([]);
    expect(recounted.totalText).toBe('100.00 %');
  });

  it('is still not GO without evidence', () => {
    expect(judgeAssessment(perfect).verdict).toMatchObject({ decision: 'NO-GO', basis: 'not-proven' });
  });
});

describe('an invalid assessment', () => {
  it.each<[string, unknown, RegExp]>([
    ['weights that do not sum to 100', changed(original, ({ categories }) => categories.pop()), /sum to 95/],
    [
      'an unknown fact',
      changed(original, ({ facts }) => facts.shift()),
      /"overall-score", which is not declared/,
    ],
    [
      'a selection without rows',
      changed(original, ({ facts: [first] }) => Object.assign(first ?? {}, { counted: [{ table: 'none' }] })),
      /\{"table":"none"\} selects no row/,
    ],
    [
      'a duplicate row',
      changed(original, ({ services }) => services.rows.push(...services.rows.slice(0, 1))),
      /more than once/,
    ],
    [
      'an invalid number',
      { ...original, categories: [{ score: { kind: 'share', percent: 'much' } }] },
      /percent/,
    ],
    ['another schema', { schema: 'readiness.plan/1' }, /schema/],
  ])('with %s is rejected with exit code 2', (_title, input, message) => {
    expect(() => judgeAssessment(input)).toThrow(
      expect.objectContaining({
        code: 'assessment-invalid',
        exitCode: 2,
        message: expect.stringMatching(message),
      }),
    );
  });
});
