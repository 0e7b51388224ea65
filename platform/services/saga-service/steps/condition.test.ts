// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { expect, it } from 'vitest';
import { isMet } from './condition.ts';

const values = new Map<string, unknown>([['read', { count: 3, name: 'Ada', list: [], nothing: null }]]);
const value = '${read.count}';

it.each([
  [{ value, equals: 3 }, true],
  [{ value, equals: '3' }, false],
  [{ value: 'n${read.count}', equals: 'n3' }, true],
  [{ value, not_equals: 4 }, true],
  [{ value, one_of: [1, 3] }, true],
  [{ value, one_of: [1] }, false],
  [{ value, greater_than: 2 }, true],
  [{ value, greater_than: 3 }, false],
  [{ value, less_than: 4 }, true],
  [{ value: '${read.name}', less_than: 4 }, false],
  [{ value: '${read.name}', exists: true }, true],
  [{ value: '${read.nothing}', exists: true }, false],
  [{ value: '${read.absent}', exists: false }, true],
  [{ value: '${skipped.id}', exists: false }, true],
  [{ value: '${skipped.id}', equals: 'x' }, false],
  [{ value: '${skipped.id}', not_equals: 'x' }, true],
])('judges %j', (condition, met) => {
  expect(isMet(condition, values)).toBe(met);
});
