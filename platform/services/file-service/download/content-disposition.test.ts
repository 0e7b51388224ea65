import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attachment } from './content-disposition.ts';

it('has an ASCII name for old clients and the real name for others', () => {
  expect(attachment(`Grüße "1" (a).txt`)).toBe(
    `attachment; filename="Gr__e _1_ (a).txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22%20%28a%29.txt`,
  );
});

it('encodes any name within the header without loss', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const header = attachment(name);
      const parts = /^attachment; filename="([ -~]*)"; filename\*=UTF-8''([\w.!~%-]+)$/.exec(header);
      expect(parts?.[1]).not.toMatch(/["\\]/);
      expect(decodeURIComponent(parts?.[2] ?? '')).toBe(name.toWellFormed());
    }),
  );
});
