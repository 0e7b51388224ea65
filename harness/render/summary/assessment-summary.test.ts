import { describe, expect, it } from 'vitest';
import { displayWidth } from '../terminal/text-width.ts';
import { hostileTexts } from '../testing/hostile-result.ts';
import { sampleAssessment } from '../testing/sample-assessment.ts';
import { renderAssessmentSummary } from './assessment-summary.ts';

const terminal = { columns: 100, rows: 40, colour: false, interactive: false };

/** The sample with the given text in every quotation from the document. */
function quoting(text: string) {
  return sampleAssessment({
    title: text,
    source: text,
    contradictions: [
      {
        rule: 'headline-differs-from-table',
        title: text,
        statements: [
          { place: text, quote: text },
          { place: text, quote: text },
        ],
        arithmetic: text,
      },
    ],
  });
}

describe('the report of a judged assessment', () => {
  it('gives verdict, stated score, conditions, contradictions with their places, and recounted score', () => {
    expect(renderAssessmentSummary(sampleAssessment(), terminal)).toMatchInlineSnapshot(`
      "NO-GO (violated), 5.90 % (6.19 % from its own rows)
      Final production readiness verification, 2025-08-07
        · Service availability: violated, needs 10 of 10, has 1.

      Score as stated: 5.90 %
        Category       Weight   Score  Weighted
        Core services    30 %  12.5 %    3.75 %
        Security          5 %    43 %    2.15 %
        30 × 12.5 % + 5 × 43 % = 5.90 %

      Conditions for GO: 0 of 2 met
        ✗ Service availability above 90 %: violated
          needs 10 of 10, has 1
        ? Error rate below 5 %: not proven
          needs at least 59 requests, none failed; has no count of requests

      Contradictions: 2
        1. Security compliance is not what its checklist says
           · Security Validations, last line: “Security Compliance: 43%”
           · Security Validations, checklist: “4 of 7 ticked”
           = 4 of 7 = 57.1 %; 43 % is the share that is not ticked, 3 of 7 = 42.9 %.
        2. Availability counts eight services where ten rows are listed
           · Service Health Checks, last line: “12.5% (1 out of 8 working)”
           · Service Health Checks, table: “10 rows, 1 healthy”
           = 1 of 8 = 12.5 %, 1 of 10 = 10.0 %.

      Score counted from the rows of the document: 6.19 %
        Category       Weight            Score  Weighted
        Core services    30 %  1 of 9 = 11.1 %    3.33 %
        Security          5 %  4 of 7 = 57.1 %    2.86 %
        30 × (1 of 9 = 11.1 %) + 5 × (4 of 7 = 57.1 %) = 6.19 %
      "
    `);
  });

  it('counts the statements that it does not quote', () => {
    const statement = (number: number) => ({ place: `Line ${number}`, quote: `${number} %` });
    const [first] = sampleAssessment().contradictions;
    if (!first) throw new Error('The sample has no contradiction.');
    const result = sampleAssessment({
      contradictions: [{ ...first, statements: [1, 2, 3, 4, 5, 6].map(statement) }],
    });
    const text = renderAssessmentSummary(result, terminal);
    expect(text).toContain('and 2 more places');
    expect(text).toContain('Line 6');
    expect(text).not.toContain('Line 5');
  });

  it('gives one total if the rows confirm the scores', () => {
    const { stated } = sampleAssessment();
    const result = sampleAssessment({ recounted: stated });
    expect(renderAssessmentSummary(result, terminal).split('\n')[0]).toBe('NO-GO (violated), 5.90 %');
  });

  it.each([34, 60, 80])('fits %i columns', (columns) => {
    const text = renderAssessmentSummary(sampleAssessment(), { ...terminal, columns });
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it.each(hostileTexts)('keeps %j inert', (text) => {
    expect(renderAssessmentSummary(quoting(text), terminal).replaceAll('\n', '')).not.toMatch(
      /[\p{Cc}\u202e\u2028]/u,
    );
  });
});
