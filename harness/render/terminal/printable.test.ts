import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from './printable.ts';

describe('printable', () => {
  it('removes escape sequences that would move the cursor or colour the rest', () => {
    expect(printable('a\u001b[2J\u001b[31mb\u001b[0m')).toBe('ab');
    expect(printable('\u001b]0;title\u0007x')).toBe('x');
  });

  it('keeps a text on one line', () => {
    expect(printable('first\r\n\tsecond\u2028third')).toBe('first second third');
  });

  it('replaces overrides of the text direction', () => {
    expect(printable('safe\u202eexe.txt')).toBe('safe\ufffdexe.txt');
  });

  it('lets no control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
