import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sameJson, sha256 } from './canonical-json.ts';

/** The rules of the canonical form, as plainly as possible. */
function written(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const parts = Array.isArray(value)
    ? value.map((part) => written(part, inner))
    : Object.entries(value)
        .filter(([, part]) => part !== undefined)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([key, part]) => `${JSON.stringify(key)}: ${written(part, inner)}`);
  if (parts.length === 0) return `${open}${close}`;
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
}

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

  it('writes what a plain reading of its rules says, also for keys that objects order or treat on their own', () => {
    const key = fc.constantFrom(
      '10',
      '9',
      '01',
      '-1',
      'b',
      'a',
      'A',
      'é',
      '__proto__',
      'toJSON',
      'length',
      '',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, -0, 1e21, 'text', '"\\\u2028\ud800', undefined),
        fc.array(
          tie('tree').filter((value) => value !== undefined),
          { maxLength: 4 },
        ),
        fc.array(fc.tuple(key, tie('tree')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
      ),
    }));
    fc.assert(
      fc.property(
        tree.filter((value) => value !== undefined),
        (value) => {
          expect(canonicalJson(value)).toBe(`${written(value, '')}\n`);
        },
      ),
    );
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [new Date(0)], [() => 1], [1n], [undefined]])(
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
