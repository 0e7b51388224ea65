import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sameJson, sha256 } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts keys, indents by two spaces and ends with a newline', () => {
    expect(canonicalJson({ b: [1, 'x'], a: { 10: null, 9: true }, c: [], d: {}, e: undefined })).toBe(
      '{\n  "a": {\n    "10": null,\n    "9": true\n  },\n  "b": [\n    1,\n    "x"\n  ],\n  "c": [],\n  "d": {}\n}\n',
    );
  });

  it('survives a round trip: the same value and the same bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [new Date(0)], [() => 1], [1n]])(
    'rejects %s, which JSON cannot represent',
    (value) => {
      expect(() => canonicalJson({ list: [value] })).toThrow(/^\$\.list\[0\] is/);
    },
  );

  it('treats data as equal regardless of key order', () => {
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(sameJson([1, 2], [2, 1])).toBe(false);
  });

  it('is hashed with SHA-256', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
