import { describe, expect, it } from 'vitest';
import { pathOfBrokenText } from './broken-text.ts';

const find = (source: string) => pathOfBrokenText(source, JSON.parse(source));

describe('an unpaired surrogate', () => {
  it.each([
    [String.raw`"a\ud800"`, []],
    [String.raw`{"a": [1, {"b": "\uDC00x"}]}`, ['a', 1, 'b']],
    [String.raw`{"a": {"\udfff": 1}}`, ['a', '\ufffd']],
  ])('is found in %s', (source, path) => {
    expect(find(source)).toEqual(path);
  });

  it.each([String.raw`"\ud83d\ude00"`, '"😀"', String.raw`{"a": ["\u0041", null, 7]}`])(
    'is not found in %s',
    (source) => {
      expect(find(source)).toBeUndefined();
    },
  );

  it('is found at any depth', () => {
    const depth = 5_000;
    const source = String.raw`${'['.repeat(depth)}"\ud800"${']'.repeat(depth)}`;
    expect(find(source)).toHaveLength(depth);
  });
});
