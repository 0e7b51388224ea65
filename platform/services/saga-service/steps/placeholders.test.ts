// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders under test
import { describe, expect, it } from 'vitest';
import { fillPlaceholders, placeholderRoots, UnresolvedPlaceholder } from './placeholders.ts';

const values = new Map<string, unknown>([
  [
    'first',
    { id: 7, name: 'Ada', list: [{ id: 'a' }, { id: 'b' }], none: null, nested: { text: '${first.id}' } },
  ],
  ['empty', { list: [] }],
]);

describe('placeholders', () => {
  it.each([
    ['${first.id}', 7],
    ['no ${first.id}', 'no 7'],
    ['${first.name} has ${first.list}', 'Ada has [{"id":"a"},{"id":"b"}]'],
    ['${first.list.*.id}', ['a', 'b']],
    ['${first.list.1.id}', 'b'],
    ['${first.none}', null],
    ['${empty.list.*.id}', []],
    ['$first.id and ${Not One}', '$first.id and ${Not One}'],
    [
      { deep: [{ '${first.name}': '${first.id}' }], kept: true },
      { deep: [{ Ada: 7 }], kept: true },
    ],
  ])('fills %j', (template, filled) => {
    expect(fillPlaceholders<unknown>(template, values)).toEqual(filled);
  });

  it('does not fill in inserted text again', () => {
    expect(fillPlaceholders('${first.nested.text}!', values)).toBe('${first.id}!');
  });

  it.each([
    '${nobody.id}',
    '${first.nothing}',
    '${first.name.length}',
    '${first.constructor}',
    '${first.list.*.x}',
  ])('rejects %s, which has no value', (template) => {
    expect(() => fillPlaceholders(template, values)).toThrow(UnresolvedPlaceholder);
  });

  it('finds the roots in every text and field name', () => {
    expect(placeholderRoots({ a: ['${one.x}', { '${two}': 'x ${three.y} ${one}' }], n: 1 })).toEqual(
      new Set(['one', 'two', 'three']),
    );
  });
});
