import { expect, it } from 'vitest';
import { defineCheck, equals, matches } from '../harness/engine/index.ts';
import { checkSection } from '../harness/render/view/checks-document.ts';
import { checks } from '../scenarios/catalogue.ts';
import { renderChecksDocument } from './checks-document.ts';

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

it('gives each check one section with all of its properties', () => {
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

it('has one heading per check and links only to headings', () => {
  const text = renderChecksDocument(checks);
  const headings = [...text.matchAll(/^### (.+)$/gm)].map(([, id = '']) => id);
  const anchors = new Set(headings.map((id) => checkSection(id).replace('docs/checks.md', '')));
  expect(headings.sort()).toEqual(checks.map(({ id }) => id).sort());
  for (const [, anchor = ''] of text.matchAll(/\]\((#[^)]+)\)/g)) expect(anchors).toContain(anchor);
});

it('gives every check its own anchor', () => {
  expect(new Set(checks.map(({ id }) => checkSection(id))).size).toBe(checks.length);
});
