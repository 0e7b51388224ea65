import { describe, expect, it } from 'vitest';
import { asvsRequirements, standardParts } from '../harness/plan/standards/catalogue.ts';
import { checks } from '../scenarios/catalogue.ts';
import { renderStandardsDocument } from './standards-document.ts';

describe('the coverage of published standards', () => {
  it('knows the 345 requirements of 17 chapters and the ten risks', () => {
    expect(new Set(asvsRequirements.map(({ id }) => id)).size).toBe(345);
    const parts = standardParts.map(({ id }) => id[0]);
    expect([
      parts.filter((each) => each === 'V').length,
      parts.filter((each) => each === 'A').length,
    ]).toEqual([17, 10]);
    expect(standardParts.flatMap(({ requirements }) => requirements)).toHaveLength(355);
  });

  it('names requirements that exist in every check', () => {
    const known = new Set(standardParts.flatMap(({ requirements }) => requirements));
    const unknown = checks.flatMap(({ id, standards = [] }) =>
      standards.filter((each) => !known.has(each)).map((each) => `${id}: ${each}`),
    );
    expect(unknown).toEqual([]);
  });

  it('lists each requirement once: as measured by its checks, or as measured by none', () => {
    const text = renderStandardsDocument([{ id: 'a.b', standards: ['ASVS 9.1.2', 'API2'] }]);
    expect(text).toContain('Measured: 1 of 345 requirements.');
    expect(text).toMatch(/\| 9\.1\.2 +\| 1 +\| Allowed algorithms only +\| \[a\.b\]\(checks\.md#ab\)/);
    expect(text).not.toContain('- 9.1.2 (');
    expect(text).toContain('- 9.1.1 (level 1): Tokens are verified by signature');
    expect(text).toMatch(/\| API1 +\| .+ \| not measured/);
  });
});
