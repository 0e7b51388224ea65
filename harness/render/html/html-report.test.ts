import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../judge/result.ts';
import { canonicalJson } from '../../plan/canonical-json.ts';
import { loadTemplates } from '../load-templates.ts';
import { hostileTexts, resultSaying } from '../testing/hostile-result.ts';
import { sampleResult } from '../testing/sample-result.ts';
import { timedResult } from '../testing/sample-timeline.ts';
import { jsonInHtml, renderHtmlReport } from './html-report.ts';

const templates = await loadTemplates(fileURLToPath(new URL('../../../reports/templates', import.meta.url)));
const render = (result: Result) => renderHtmlReport(result, templates);

/** The page without its data, and the data. */
function partsOf(html: string): { page: string; data: string } {
  const [before = '', rest = ''] = html.split('<script type="application/json" id="result">');
  const end = rest.indexOf('</script>');
  return { page: before + rest.slice(end), data: rest.slice(0, end) };
}

function markup(html: string): { tags: number; quotes: number } {
  const { page } = partsOf(html);
  return { tags: page.split('<').length, quotes: page.split('"').length };
}

describe('the HTML report', () => {
  it('has its sections in order of importance', () => {
    const html = render(sampleResult());
    const ids = [...html.matchAll(/<section (?:id="(\w+)"|class="(verdict))/g)].map(
      ([, id, top]) => id ?? top,
    );
    expect(ids).toEqual(['verdict', 'conditions', 'score', 'blockers', 'checks', 'boot', 'method']);
  });

  it('shows the times of a run between its boot and how it was measured', () => {
    const html = render(timedResult());
    const ids = [...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
    expect(ids.slice(-3)).toEqual(['boot', 'timeline', 'method']);
    expect(html).toMatch(/<th scope="row">shared checks<\/th>[\s\S]*?<td class="number">40\.0 s<\/td>/);
    expect(html).toContain('<tr><th scope="row">browser tests</th><td class="number">28.9 s</td></tr>');
    expect(html).toContain('<a href="#timeline">Time</a>');
    expect(render(sampleResult())).not.toContain('timeline-heading');
  });

  it('lists what the run has left on its target', () => {
    const left = ['2 × users <of> user-service', '1 × files'];
    expect(render(sampleResult({ target: { name: 'staging', left } }))).toContain(
      '<ul><li>2 × users &lt;of&gt; user-service</li><li>1 × files</li></ul>',
    );
    const nothing = render(sampleResult({ target: { name: 'staging', left: [] } }));
    expect(nothing).toContain('<h3>Left on staging</h3>\n<p>The run has left nothing on it.</p>');
    expect(render(sampleResult())).not.toContain('Left on');
  });

  it('loads nothing from the network', () => {
    const html = render(sampleResult());
    expect(html).not.toMatch(/(?:src|href)="(?!#|data:,|evidence\/|\.\.\/\.\.\/\.\.\/docs\/checks\.md#)/);
    expect(html).not.toMatch(/@import|url\((?!#)/);
    expect(html).toContain(
      'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;; style-src',
    );
  });

  it('contains the full result, byte for byte', () => {
    for (const result of [sampleResult(), ...hostileTexts.map(resultSaying)]) {
      const { data } = partsOf(render(result));
      expect(canonicalJson(JSON.parse(data))).toBe(canonicalJson(result));
    }
  });

  it.each([
    ['evidence/auth.login/answer.json', true],
    ['javascript:alert(1)', false],
    ['//host/evidence/x.json', false],
    ['https://host/x.json', false],
    ['evidence/../../secret', false],
    ['/etc/passwd', false],
  ])('links evidence at %s: %s', (path, linked) => {
    const [check] = sampleResult().checks;
    if (!check) throw new Error('The sample has no check.');
    const html = render(sampleResult({ checks: [{ ...check, evidence: [path] }] }));
    expect(html.includes(`href="${path}"`)).toBe(linked);
    expect(partsOf(html).page).toContain(`<code>${path}</code>`);
  });

  it('is the same for the same result', () => {
    expect(render(sampleResult())).toBe(render(sampleResult()));
  });

  it.each(hostileTexts)('keeps %j inert', (text) => {
    expect(markup(render(resultSaying(text)))).toEqual(markup(render(resultSaying('harmless'))));
  });

  it('has the same markup for any text', () => {
    const expected = markup(render(resultSaying('harmless')));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(markup(render(resultSaying(`x${text}`)))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('omits empty sections', () => {
    const html = render(sampleResult({ blockers: [], checks: [], boot: [], capabilities: [] }));
    expect(html).not.toContain('id="blockers"');
    expect(html).toContain('No node became ready.');
  });

  it('throws a typed error with exit code 4 for a template with an unknown field', () => {
    expect(() => renderHtmlReport(sampleResult(), { ...templates, html: '{{no.such.field}}' })).toThrow(
      expect.objectContaining({ code: 'render-failed', exitCode: 4 }),
    );
  });

  it('rejects a style or script that ends its own element', () => {
    const broken = { ...templates, script: 'const x = "</SCRIPT >";' };
    expect(() => renderHtmlReport(sampleResult(), broken)).toThrow('must not contain </script');
  });
});

describe('jsonInHtml', () => {
  it('cannot end its element or open another one, and is the same data', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = jsonInHtml(value);
        expect(text).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(text)).toEqual(JSON.parse(canonicalJson(value)));
      }),
    );
  });
});
