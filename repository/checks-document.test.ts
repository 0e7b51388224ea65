import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { defineCheck, equals, matches } from '../harness/engine/index.ts';
import { checkSection } from '../harness/render/view/checks-document.ts';
import { checks } from '../scenarios/catalogue.ts';
import { checksRegion, renderChecksDocument } from './checks-document.ts';

const sample = defineCheck({
  id: 'api.sample.works',
  title: 'The sample works',
  why: 'A header like X-* or <b> must stay text.',
  category: 'api',
  severity: 'high',
  conditions: ['end-to-end'],
  needs: ['services.gateway.ready'],
  requires: ['k6'],
  remediation: { text: 'Fix the sample.', effort: 'hours' },
  expects: { status: equals(200), version: matches(/^3\.1/) },
  run: async () => ({ status: 200, version: '3.1.0' }),
});

it('gives a check one section with everything that it proves', () => {
  const text = renderChecksDocument([sample]);
  expect(text.slice(text.indexOf('## API'), text.indexOf('## Frontend'))).toMatchInlineSnapshot(`
    "## API Functionality

    Checks: 1. Share of the score: 15 %.

    ### api.sample.works

    **The sample works.** A header like X-\\* or &lt;b&gt; must stay text.

    It passes when:

    - \`status\` is 200
    - \`version\` is text that matches /^3\\\\.1/

    How to fix (hours): Fix the sample.

    Severity: high, weight 1. GO condition: End-to-end flows. Needs: [services.gateway.ready](#servicesgatewayready). Capabilities: k6.

    "
  `);
});

it('names every check as a heading and links only to headings', () => {
  const text = renderChecksDocument(checks);
  const headings = [...text.matchAll(/^### (.+)$/gm)].map(([, id = '']) => id);
  const anchors = new Set(headings.map((id) => checkSection(id).replace(checksRegion.file, '')));
  expect(headings.sort()).toEqual(checks.map(({ id }) => id).sort());
  for (const [, anchor = ''] of text.matchAll(/\]\((#[^)]+)\)/g)) expect(anchors).toContain(anchor);
});

it('gives no two checks the same anchor', () => {
  expect(new Set(checks.map(({ id }) => checkSection(id))).size).toBe(checks.length);
});

it('docs/checks.md matches the catalogue', () => {
  const { file, name, render } = checksRegion;
  const document = readFileSync(join(resolve(import.meta.dirname, '..'), file), 'utf8');
  expect(document).toContain(`<!-- generated: ${name} -->\n\n${render()}\n\n<!-- end -->`);
});
