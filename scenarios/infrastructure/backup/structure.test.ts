import { expect, it } from 'vitest';
import { structureDifferences } from './structure.ts';

it('names what a restored database lacks and what it has in addition', () => {
  const source = new Set(['policy: a', 'index: b']);
  expect(structureDifferences(source, source)).toEqual([]);
  expect(structureDifferences(source, new Set(['index: b', 'index: c']))).toEqual([
    'missing: policy: a',
    'added: index: c',
  ]);
});
