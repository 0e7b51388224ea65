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
