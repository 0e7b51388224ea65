import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProblemError } from '../../../kit/http/problem.ts';
import { extensionOf, readFileName } from './file-name.ts';

it('never contains a folder, a control character or more than 255 bytes', () => {
  const hostile = fc.array(
    fc.constantFrom(
      '..',
      '/',
      '\\',
      '\u2215',
      '\uff0f',
      '\0',
      '\r\n',
      '\u202e',
      'a',
      'ü',
      '.txt',
      ' ',
      '%2f',
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(hostile, (parts) => {
      try {
        const name = readFileName(parts.join(''));
        expect(name).not.toMatch(/[/\\\p{Cc}\u202e\u2215\uff0f]/u);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        expect(['', '.', '..']).not.toContain(name);
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemError);
      }
    }),
  );
});

it.each([
  ['a.TXT', 'txt'],
  ['archive.tar.gz', 'gz'],
  ['.htaccess', ''],
  ['README', ''],
  ['trailing.', ''],
])('extracts from %j the extension %j', (name, extension) => {
  expect(extensionOf(name)).toBe(extension);
});

it.each([
  ['report\u200f.pdf', 'report.pdf'],
  ['\ufeff\u200e2024.csv', '2024.csv'],
  ['\u05d3\u05d5\u05d7\u061c.txt', '\u05d3\u05d5\u05d7.txt'],
  ['a.txt\u200f', 'a.txt'],
  ['\u0646\u0645\u06cc\u200c\u062f.txt', '\u0646\u0645\u06cc\u200c\u062f.txt'],
])('reads %j as %j', (sent, name) => {
  expect(readFileName(sent)).toBe(name);
});

it.each(['\u202e', '\u202a', '\u2066', '\u2067', '\u2028', '\u0007', '\u200f'])(
  'accepts no name of %j alone',
  (mark) => {
    expect(() => readFileName(mark)).toThrow(ProblemError);
    if (mark !== '\u200f') expect(() => readFileName(`a${mark}txt.exe`)).toThrow(ProblemError);
  },
);
