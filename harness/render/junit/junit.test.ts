import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../judge/result.ts';
import { resultSaying } from '../testing/hostile-result.ts';
import { sampleCheck } from '../testing/sample-checks.ts';
import { goVerdict, sampleResult, sampleVerdict } from '../testing/sample-result.ts';
import { renderJunit } from './junit.ts';
import { escapeXml } from './xml.ts';

function caseOf(check: Partial<CheckResult>): string {
  const xml = renderJunit(sampleResult({ checks: [sampleCheck({ id: 'a.b', ...check })] }));
  const start = xml.indexOf('<testcase classname="services" name="a.b"');
  return xml.slice(start, xml.indexOf('</testsuite>', start));
}

describe('JUnit XML', () => {
  it('contains the verdict, the conditions and a suite per category', () => {
    const xml = renderJunit(sampleResult());
    expect(xml.split('\n').slice(0, 3).join('\n')).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="PyAirtable Readiness" tests="18" failures="7" errors="4" time="0.913">
        <testsuite name="readiness" tests="8" failures="3" errors="3" skipped="0" time="0.000" timestamp="2025-08-07T12:56:25.000Z">"
    `);
    const suites = [
      ...xml.matchAll(
        /<testsuite name="([a-z]+)" tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/g,
      ),
    ];
    expect(suites.map(([, ...figures]) => figures.join(' '))).toMatchInlineSnapshot(`
      [
        "readiness 8 3 3 0",
        "infrastructure 2 0 0 1",
        "services 2 1 0 0",
        "authentication 3 3 0 0",
        "api 1 0 0 0",
        "frontend 1 0 0 0",
        "security 1 0 1 0",
      ]
    `);
  });

  it.each<[Partial<CheckResult>, string]>([
    [{ outcome: 'pass' }, ''],
    [
      { outcome: 'fail', cause: 'product' },
      '<failure message="Everything expected was observed." type="fail"',
    ],
    [{ outcome: 'blocked', cause: 'product', blockedBy: 'c.d' }, 'type="blocked"'],
    [{ outcome: 'blocked', cause: 'harness', blockedBy: 'c.d' }, '<error '],
    [{ outcome: 'error', cause: 'harness' }, '<error '],
    [{ outcome: 'unmeasured' }, '<error '],
    [{ outcome: 'notApplicable' }, '<skipped '],
  ])('maps %j', (check, element) => {
    const xml = caseOf(check);
    if (element) expect(xml).toContain(element);
    else expect(xml).not.toMatch(/<(?:failure|error|skipped)/);
  });

  it('has an error for a NO-GO without checks', () => {
    const xml = renderJunit(
      sampleResult({
        checks: [],
        conditions: [],
        verdict: sampleVerdict({ basis: 'not-proven', decidedBy: ['The plan is empty.'] }),
      }),
    );
    expect(xml).toContain('tests="1" failures="0" errors="1"');
  });

  it('has no failures for a GO', () => {
    const xml = renderJunit(
      sampleResult({
        checks: [sampleCheck({ id: 'a.b' })],
        conditions: [],
        verdict: goVerdict(),
      }),
    );
    expect(xml).toContain('tests="2" failures="0" errors="0"');
  });

  it('has the headline with the number of failing checks', () => {
    const xml = renderJunit(sampleResult({ verdict: goVerdict({ failing: 2, unknown: 3 }) }));
    expect(xml).toContain('<property name="verdict" value="GO, with 2 failing checks"/>');
    expect(xml).toContain('<property name="checks.unknown" value="3"/>');
  });

  it.each(['fail', 'unmeasured'] as const)('skips a check that ends as %s under GO', (outcome) => {
    const xml = renderJunit(
      sampleResult({
        checks: [sampleCheck({ id: 'a.b', outcome, cause: 'product', explanation: 'Why.' })],
        conditions: [],
        verdict: goVerdict(),
      }),
    );
    expect(xml).toContain('tests="2" failures="0" errors="0"');
    expect(xml).toContain(`<skipped message="${outcome}, does not prevent GO: Why." type="${outcome}">`);
  });

  it('has the same markup for any text', () => {
    const markup = (text: string) => {
      const xml = renderJunit(resultSaying(text));
      return { tags: xml.split('<').length, quotes: xml.split('"').length };
    };
    const expected = markup('harmless');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(markup(text)).toEqual(expected);
      }),
    );
  });

  it('writes no character that XML does not allow', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeXml(text)).toMatch(/^[\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
      }),
    );
    expect(escapeXml('a\u0000\ud800b\n')).toBe('a\ufffd\ufffdb&#10;');
  });
});
