import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult, Result } from '../../judge/result.ts';
import { sampleResult } from '../../render/testing/sample-result.ts';
import { readAssessment } from '../read-assessment.ts';
import { tablesOf } from '../rows.ts';
import { compareWithRun } from './compare-with-run.ts';
import type { ReplayLine } from './replay.ts';
import { rowChecks } from './row-checks.ts';

const file = join(import.meta.dirname, '../../../fixtures/assessments/2025-08-07.json');
const assessment = readAssessment(JSON.parse(readFileSync(file, 'utf8')));
const [pattern] = sampleResult().checks;

const check = (id: string, fields: Partial<CheckResult>): CheckResult => ({
  ...(pattern as CheckResult),
  id,
  explanation: 'It did not respond.',
  ...fields,
});

function lineOf(title: string, result: Partial<Result>): ReplayLine | undefined {
  return compareWithRun(assessment, sampleResult(result)).lines.find((line) => line.title === title);
}

const rows = tablesOf(assessment).flatMap((table) =>
  table.rows.flatMap((row) => [
    `${table.id}/${row.title}`,
    ...row.findings.map(({ title }) => `${table.id}/${row.title}/${title}`),
  ]),
);

describe('the replay of the assessment', () => {
  it('names checks for every row and finding of the document, and for nothing else', () => {
    expect(Object.keys(rowChecks).sort()).toEqual([...rows].sort());
  });

  it('has a line for the total, each category, each condition, each row and each finding, all explained', () => {
    const { lines } = compareWithRun(assessment, sampleResult());
    const others = 1 + sampleResult().categories.length + sampleResult().conditions.length;
    expect(lines).toHaveLength(others + rows.length);
    expect(lines.filter(({ explanation }) => explanation.trim() === '')).toEqual([]);
  });

  it('agrees where document and run see the same', () => {
    const checks = [check('services.gateway.ready', { outcome: 'fail', cause: 'product' })];
    expect(lineOf('API Gateway', { checks, blockers: [] })).toMatchObject({
      agrees: true,
      explanation: 'Root causes: services.gateway.ready: It did not respond.',
    });
  });

  it('says what fails where the document calls it working', () => {
    const checks = [check('security.network-security', { outcome: 'fail', cause: 'product' })];
    const blockers = [{ ...sampleResult().blockers[0], blocks: ['security.network-security'] }];
    const line = lineOf('Network Security', { checks, blockers: blockers as Result['blockers'] });
    expect(line).toMatchObject({
      agrees: false,
      measured: 'fails (0 of 1 checks pass)',
      explanation: 'The document calls it working. It fails: platform-services did not become ready.',
    });
  });

  it('never takes a check that was not measured for a working one', () => {
    const checks = [
      check('infrastructure.redis.version-7', { outcome: 'unmeasured', explanation: 'Needs redis-admin.' }),
    ];
    expect(lineOf('Redis Cache', { checks })).toMatchObject({
      agrees: false,
      measured: 'unknown (0 of 1 checks pass)',
      explanation:
        'The document states it without a measurement. infrastructure.redis.version-7: Needs redis-admin.',
    });
    expect(lineOf('Redis Cache', { checks: [] })).toMatchObject({ agrees: false, measured: 'no check' });
  });

  it('says so where the run passes what the document calls broken', () => {
    const checks = [check('services.gateway.ready', { outcome: 'pass' })];
    expect(lineOf('API Gateway', { checks })).toMatchObject({ agrees: false });
  });

  it('counts the conditions that are not met', () => {
    const { conditions, conditionsNotMet } = compareWithRun(assessment, sampleResult());
    const expected = sampleResult().conditions.filter(({ state }) => state !== 'met').length;
    expect([conditions, conditionsNotMet]).toEqual([sampleResult().conditions.length, expected]);
  });
});
