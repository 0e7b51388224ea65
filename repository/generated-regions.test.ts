import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fillRegion, generatedRegions } from './generated-regions.ts';

const root = resolve(import.meta.dirname, '..');

test.each(generatedRegions)('region $name of $file matches the code; `npm run docs` updates it', (region) => {
  const document = readFileSync(join(root, region.file), 'utf8');
  expect(document).toBe(fillRegion(document, region));
});

const region = { file: 'a.md', name: 'list', render: () => '- new' };

test('replaces the region and keeps the text around it', () => {
  const document = 'Before\n<!-- generated: list -->\n\n- old\n\n<!-- end -->\nAfter\n';
  expect(fillRegion(document, region)).toBe(document.replace('old', 'new'));
});

test.each([
  ['without the region', 'Before\n'],
  ['without the end of the region', '<!-- generated: list -->\n- old\n'],
  [
    'with the region twice',
    '<!-- generated: list -->\n<!-- end -->\n<!-- generated: list -->\n<!-- end -->\n',
  ],
])('rejects a document %s', (_, document) => {
  expect(() => fillRegion(document, region)).toThrow('a.md needs "<!-- generated: list -->" exactly once');
});
