import { expect, it } from 'vitest';
import { inline, renderMail } from './mail-content.ts';

it('escapes every text of a mail in HTML', () => {
  const hostile = '<img src=x onerror=alert(1)> & "quoted"';
  const { html, text } = renderMail({
    subject: 'Hello',
    paragraphs: [hostile],
    quote: hostile,
    link: { label: hostile, url: 'https://example.com/?a="><script>' },
    closing: [hostile],
  });
  expect(html).not.toMatch(/<img|<script/);
  expect(html.split('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;')).toHaveLength(5);
  expect(text).toContain(hostile);
});

it('keeps a subject on one line and bounded', () => {
  const { subject } = renderMail({ subject: 'Hi\r\nBcc: all@example.com', paragraphs: [] });
  expect(subject).toBe('Hi Bcc: all@example.com');
  expect(renderMail({ subject: 'x'.repeat(500), paragraphs: [] }).subject).toHaveLength(200);
});

it('shows a text of a user within a sentence as one bounded line', () => {
  expect(inline('Ada\n\u2028Lovelace ')).toBe('Ada Lovelace');
  expect(inline('x'.repeat(100), 10)).toBe('xxxxxxxxx…');
});
