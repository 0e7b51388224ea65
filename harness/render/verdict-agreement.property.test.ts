import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exitCodeOf } from '../judge/exit-code-of.ts';
import type { Result } from '../judge/result.ts';
import {
  judgeSample,
  type ObservedFacts,
  observed,
  samplePlan,
  shortOf,
} from '../judge/testing/sample-run.ts';
import { loadTemplates } from './load-templates.ts';
import { renderAll } from './render-all.ts';
import { renderSummary } from './summary/summary.ts';

const templates = await loadTemplates(fileURLToPath(new URL('../../reports/templates', import.meta.url)));

const anyFacts = fc.constantFrom<ObservedFacts | null>(
  observed({ ok: false }),
  shortOf('product-failure'),
  shortOf('threw'),
  shortOf('missing-capability'),
  shortOf('interrupted'),
  null,
);
/** All but the check whose observations have another name. */
const ids = samplePlan().checks.flatMap(({ id }) => (id === 'load.gateway' ? [] : [id]));

/** `infra.note` alone may fail under GO, so it changes often and the others rarely. */
const changes = fc
  .record({
    note: fc.option(anyFacts, { nil: undefined }),
    other: fc.option(fc.tuple(fc.constantFrom(...ids), anyFacts), {
      freq: 3,
      nil: undefined,
    }),
  })
  .map(
    ({ note, other }): Readonly<Record<string, ObservedFacts | null>> => ({
      ...(note === undefined ? {} : { 'infra.note': note }),
      ...(other === undefined ? {} : { [other[0]]: other[1] }),
    }),
  );

function outputsOf(result: Result): Record<string, string> {
  const { files, errors } = renderAll(result, { templates });
  expect(errors).toEqual([]);
  const terminal = { columns: 100, rows: 50, colour: false, interactive: false };
  return {
    ...Object.fromEntries(files.map(({ name, content }) => [name, content])),
    terminal: renderSummary(result, { terminal, reportFiles: [] }),
  };
}

it('every output agrees with the verdict', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(changes, (some) => {
      const result = judgeSample(some);
      const outputs = outputsOf(result);
      const isGo = result.verdict.decision === 'GO';
      seen.add(`${isGo} ${result.blockers.length > 0}`);

      expect(exitCodeOf(result) === 0).toBe(isGo);
      const [, failures, errors] = /<testsuites [^>]*failures="(\d+)" errors="(\d+)"/.exec(
        outputs['junit.xml'] ?? '',
      ) ?? ['', 'none', 'none'];
      expect(Number(failures) + Number(errors) === 0).toBe(isGo);
      expect(outputs['junit.xml']?.match(/<(?:failure|error) /) === null).toBe(isGo);

      const { failing, unknown } = result.verdict;
      seen.add(`${isGo} failing ${failing > 0}`);
      const headline =
        isGo && failing > 0 ? `GO, with ${failing} failing check${failing === 1 ? '' : 's'}` : 'GO';
      const headings = {
        'report.html': `<h1 id="verdict-heading">${headline}<`,
        'report.md': `# ${headline}\n`,
        terminal: `${headline}\n`,
        'junit.xml': `<property name="verdict" value="${headline}"`,
      };
      const judged: unknown = JSON.parse(outputs['result.json'] ?? '');
      expect(judged).toMatchObject({ verdict: { decision: isGo ? 'GO' : 'NO-GO', failing, unknown } });
      for (const [name, go] of Object.entries(headings)) {
        const text = outputs[name] ?? '';
        const start = name === 'terminal' ? text.slice(0, go.length) : text;
        expect(start.includes(go), name).toBe(isGo);
        if (name === 'junit.xml') {
          expect(text).toContain(`<property name="checks.unknown" value="${unknown}"`);
          continue;
        }
        expect(/Not measured: (\d+) check/.exec(text)?.[1] ?? '0', name).toBe(String(unknown));
        const heading = /^(?:## |<h2[^>]*>)?Blockers\b/m.test(text);
        expect(heading, `${name} speaks of blockers`).toBe(!isGo && result.blockers.length > 0);
      }
    }),
    {
      // Every run renders all reports, which takes a while.
      numRuns: 30,
      examples: [
        [{ 'infra.note': shortOf('missing-capability') }],
        [{ 'infra.note': observed({ ok: false }) }],
        [{ 'auth.login': observed({ ok: false }) }],
      ],
    },
  );
  expect([...seen]).toContain('true true');
  expect([...seen]).toContain('false true');
  expect([...seen]).toContain('true failing true');
}, 60_000);
