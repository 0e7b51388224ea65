import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Terminal } from '../terminal/terminal.ts';
import { displayWidth } from '../terminal/text-width.ts';
import { goVerdict, sampleBlocker, sampleResult, sampleVerdict } from '../testing/sample-result.ts';
import { renderSummary } from './summary.ts';

const terminal: Terminal = { columns: 100, rows: 40, colour: false, interactive: false };
const reportFiles = ['reports/runs/2f9c41d07b/report.html', 'reports/runs/2f9c41d07b/result.json'];

describe('the summary', () => {
  it('gives verdict, reasons, conditions, score, blockers and files in this order', () => {
    expect(renderSummary(sampleResult(), { terminal, reportFiles })).toMatchInlineSnapshot(`
      "NO-GO (violated)
      run 2f9c41d07b · commit 99f7b0f3c1a2 · process
        · Service availability: violated, needs 2 of 2, has 1.
        · Authentication: violated, needs 3 of 3, has 0.
        ? Not measured: 1 check whose failure would forbid GO.

      Conditions for GO: 2 of 7 met
           Condition                            State       Needs   Has
        ✗  Service availability above 90 %      violated    2 of 2  1 of 2
        ✗  Authentication succeeds every time   violated    3 of 3  0 of 3
        ✓  Frontend deployed and functional     met         1 of 1  1 of 1
        ✓  Gateway routes to the right service  met         1 of 1  1 of 1
        ?  End-to-end flows complete            not proven  all     none    no checks
        ?  Security above 90 %                  not proven  1 of 1  0 of 1  1 unknown
        ?  Error rate below 5 %                 not proven  all     none    no checks

      Score: proven 60.0 %, possible 65.0 %, measured 95.0 %
        Category           Weight   Proven  Points  Possible  Measured
        Infrastructure       20 %  100.0 %    20.0   100.0 %   100.0 %
        Core services        30 %   50.0 %    15.0    50.0 %   100.0 %
        Authentication       20 %    0.0 %     0.0     0.0 %   100.0 %
        API functionality    15 %  100.0 %    15.0   100.0 %   100.0 %
        Frontend             10 %  100.0 %    10.0   100.0 %   100.0 %
        Security              5 %    0.0 %     0.0   100.0 %     0.0 %
        = 20 × 1 + 30 × 1/2 + 20 × 0 + 15 × 1 + 10 × 1 + 5 × 0 = 60.0 of 100

      Blockers: 1 root cause, blocking 3 other checks
        1. platform-services did not become ready (blocker, fail, blocks 3)
           cause   platform-services: exited with code 78 before it was ready
           log     platform-services: cannot start: password authentication failed for user
                   "platform_services"
           docs    docs/checks.md#servicesplatform-servicesready
           rerun   npm run readiness -- check services.platform-services.ready --seed 42

      Report
        reports/runs/2f9c41d07b/report.html
        in the same folder: result.json
      "
    `);
  });

  it('has the same text with and without colour', () => {
    const options = { terminal: { ...terminal, colour: true }, reportFiles };
    const coloured = renderSummary(sampleResult(), options);
    expect(coloured).toContain('\u001b[31m');
    expect(stripVTControlCharacters(coloured)).toBe(renderSummary(sampleResult(), { terminal, reportFiles }));
  });

  it.each([
    { decision: 'GO', basis: 'proven', failing: 0, headline: 'GO' },
    { decision: 'GO', basis: 'proven', failing: 1, headline: 'GO, with 1 failing check' },
    { decision: 'GO', basis: 'proven', failing: 3, headline: 'GO, with 3 failing checks' },
    { decision: 'NO-GO', basis: 'violated', failing: 3, headline: 'NO-GO (violated)' },
    { decision: 'NO-GO', basis: 'not-proven', failing: 3, headline: 'NO-GO (not proven)' },
    { decision: 'NO-GO', basis: 'harness-failed', failing: 3, headline: 'NO-GO (harness failed)' },
  ] as const)('begins with $headline', ({ decision, basis, failing, headline }) => {
    const result = sampleResult({ verdict: sampleVerdict({ decision, basis, failing }) });
    expect(renderSummary(result, { terminal, reportFiles }).split('\n')[0]).toBe(headline);
  });

  it.each([
    [0, undefined],
    [1, '  ? Not measured: 1 check whose failure would forbid GO.'],
    [4, '  ? Not measured: 4 checks whose failure would forbid GO.'],
  ])('reports %i checks that matter and were not measured', (unknown, line) => {
    const lines = renderSummary(sampleResult({ verdict: goVerdict({ unknown }) }), { terminal, reportFiles });
    expect(lines.split('\n').find((each) => each.includes('Not measured:'))).toBe(line);
  });

  it('counts omitted blockers and reasons', () => {
    const result = sampleResult({
      blockers: Array.from({ length: 9 }, (_, index) => sampleBlocker({ root: `services.s${index}.ready` })),
      verdict: sampleVerdict({ decidedBy: Array.from({ length: 8 }, (_, index) => `Rule ${index}.`) }),
    });
    const text = renderSummary(result, { terminal, reportFiles, maxBlockers: 4 });
    expect(text).toContain('and 5 more blockers in the report');
    expect(text).toContain('and 3 more reasons in the report');
  });

  it.each([36, 50, 64, 80, 200])('fits %i columns except for commands and paths', (columns) => {
    const text = renderSummary(sampleResult(), { terminal: { ...terminal, columns }, reportFiles });
    for (const line of text.split('\n'))
      if (!/npm run|reports\/|docs\//.test(line))
        expect(displayWidth(line)).toBeLessThanOrEqual(Math.min(columns, 110));
    expect(text).toContain('npm run readiness -- check services.platform-services.ready --seed 42');
  });

  it('prints no escape sequence of a service', () => {
    const hostile = '\u001b[2J\u001b[H\u001b[32mGO\u001b[0m\r\nGO';
    const blocker = sampleBlocker({
      cause: hostile,
      title: hostile,
      logs: [{ service: 'gateway', stream: 'stderr', text: hostile }],
    });
    const text = renderSummary(sampleResult({ blockers: [blocker], harnessErrors: [hostile] }), {
      terminal,
      reportFiles,
    });
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').filter((line) => line === 'GO')).toEqual([]);
  });

  it('lists injected faults and errors of the harness', () => {
    const result = sampleResult({ faults: ['postgres.wrong-password'], harnessErrors: ['disk full'] });
    const text = renderSummary(result, { terminal, reportFiles });
    expect(text).toContain('injected faults: postgres.wrong-password');
    expect(text).toContain('Errors of the harness');
  });
});
