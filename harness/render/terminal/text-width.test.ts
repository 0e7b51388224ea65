import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, pad, truncate, wrap } from './text-width.ts';

describe('text width', () => {
  it('counts wide characters twice, marks and colour sequences not at all', () => {
    expect(displayWidth('abc')).toBe(3);
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('\u001b[31mred\u001b[39m')).toBe(3);
  });

  it('pads on either side and keeps a longer text unchanged', () => {
    expect(pad('7', 3, 'right')).toBe('  7');
    expect(pad('7', 3)).toBe('7  ');
    expect(pad('longer', 3)).toBe('longer');
  });

  it('marks a cut with an ellipsis', () => {
    expect(truncate('platform-services', 9)).toBe('platform…');
    expect(truncate('short', 9)).toBe('short');
  });

  it('never gives a line wider than the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 8, max: 60 }), (text, width) => {
        const clean = text.replace(/\p{Cc}/gu, '');
        expect(displayWidth(truncate(clean, width))).toBeLessThanOrEqual(width);
        for (const line of wrap(clean, width)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('breaks at spaces and loses no word', () => {
    expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  });
});
