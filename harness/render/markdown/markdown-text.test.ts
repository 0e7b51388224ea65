import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdownBlock, markdownCode, markdownText } from './markdown-text.ts';

const anyText = fc.string({ unit: 'binary' });

describe('markdown escaping', () => {
  it('keeps plain prose unchanged', () => {
    expect(markdownText('state is "failed", expected "ready".')).toBe('state is "failed", expected "ready".');
    expect(markdownText('1. <b>a|b</b> `x` [l](u) *s*')).toBe(
      '1\\. &lt;b&gt;a\\|b&lt;/b&gt; \\`x\\` \\[l\\](u) \\*s\\*',
    );
  });

  it('lets no text become markup, a link, a heading or the end of a table cell', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = markdownText(text);
        expect(escaped).not.toMatch(/[<>\n\r]/);
        expect(escaped.replace(/\\[^\n]/g, '')).not.toMatch(/[\\`*_[\]|~#!]/);
        expect(escaped).not.toMatch(/^\s*(?:[-+=]|\d+[.)](?:\s|$))/);
      }),
    );
  });

  it('lets no text close inline code', () => {
    expect(markdownCode('a`b')).toBe('``a`b``');
    expect(markdownCode('`')).toBe('`` ` ``');
    expect(markdownCode('a|b')).toBe('a\\|b');
    expect(markdownCode('')).toBe('');
  });

  it('lets no line close a fenced block', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('`', '~', 'a', '\n', ' ') })), (lines) => {
        const [fence = '', ...rest] = markdownBlock(lines).split('\n');
        const ticks = fence.replace('text', '');
        expect(rest.filter((line) => line.trim().startsWith(ticks))).toEqual([ticks]);
        expect(rest).toHaveLength(lines.length + 1);
      }),
    );
  });
});
