import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sameJson, sha256 } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts keys, indents by two spaces and ends with a newline', () => {
    expect(canonicalJson({ b: [1, 'x'], a: { 10: null, 9: true }, c: [], d: {}, e: undefined })).toBe(
      '{\n  "a": {\n    "10": null,\n    "9": true\n  },\n  "b": [\n    1,\n    "x"\n  ],\n  "c": [],\n  "d": {}\n}\n',
    );
  });

  it('is read back as the same value, and writing that again gives the same bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [new Date(0)], [() => 1], [1n]])(
    'refuses %s, which JSON cannot hold',
    (value) => {
      expect(() => canonicalJson({ list: [value] })).toThrow(/^\$\.list\[0\] is/);
    },
  );

  it('takes data for the same whatever the order of keys', () => {
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(sameJson([1, 2], [2, 1])).toBe(false);
  });

  it('is hashed with SHA-256', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
