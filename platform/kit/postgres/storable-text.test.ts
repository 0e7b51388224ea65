import { expect, it } from 'vitest';
import { storableJson, storableText } from './storable-text.ts';

it('drops NUL and replaces unpaired surrogates', () => {
  expect(storableText('a\u0000b\ud800c 😀')).toBe('ab\ufffdc 😀');
});

it('writes JSON whose nested texts can be stored', () => {
  expect(storableJson({ deep: ['\u0000x', '\udc00'] })).toBe('{"deep":["x","\ufffd"]}');
  expect(storableJson(undefined)).toBe('null');
});
