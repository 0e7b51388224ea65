import { expect, it } from 'vitest';
import { sampleArchives } from './sample-archives.ts';
import { binaryContent, sha256, sizes, textContent } from './sample-content.ts';

it.each(sizes)('text of %i bytes has that size and no pattern of its own', (size) => {
  expect(textContent(size, 'a').length).toBe(size);
  if (size > 100) expect(sha256(textContent(size, 'a'))).not.toBe(sha256(textContent(size, 'b')));
});

it('binary content has the signature of a PDF and zero bytes', () => {
  const content = binaryContent(65_537, 'a');
  expect([content.length, content.subarray(0, 5).toString(), content.includes(0)]).toEqual([
    65_537,
    '%PDF-',
    true,
  ]);
});

it('hostile archives have the names that a writer rejects', async () => {
  const { hostile, valid } = await sampleArchives();
  expect(hostile['a path out of the archive']?.includes('../../etc')).toBe(true);
  expect(hostile['an absolute path']?.includes('/tmp/readiness')).toBe(true);
  expect(valid.includes('word/document.xml')).toBe(true);
});
