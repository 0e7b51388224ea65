import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { boundary, form, formType } from '../testing/form.ts';
import { type FilePart, readForm } from './read-form.ts';

const content = 'line\r\n--not-a-boundary\r\n'.repeat(50);
const whole = form([{ filename: 'a.txt', content }], { auto_process: 'true' });
const collect = async (file: FilePart) => (await buffer(file.content)).toString();

/** The form in chunks, as from a network. */
const read = (pieces: readonly Buffer[], receive: (file: FilePart) => Promise<unknown> = collect) =>
  readForm({ contentType: formType, body: Readable.from(pieces, { objectMode: false }), receive });

function split(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

it('reads the file and the fields from chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: whole.length }), async (size) => {
      const { received, fields } = await read(split(whole, size));
      expect(received).toBe(content);
      expect([...fields]).toEqual([['auto_process', 'true']]);
    }),
    { numRuns: 50 },
  );
});

it('rejects an incomplete or damaged form, and throws nothing but a ProblemError', async () => {
  const damage = fc.record({
    at: fc.nat({ max: whole.length }),
    with: fc.constantFrom('', '\0', '\r\n', `--${boundary}`, `\r\n--${boundary}--`, 'Content-Disposition: x'),
    cut: fc.boolean(),
    size: fc.integer({ min: 1, max: 400 }),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, with: inserted, cut, size }) => {
      const bytes = Buffer.concat([
        whole.subarray(0, at),
        Buffer.from(inserted),
        cut ? Buffer.alloc(0) : whole.subarray(at),
      ]);
      try {
        await read(split(bytes, size));
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemError);
      }
    }),
    { numRuns: 300 },
  );
});

it('reads to the end when the receiver rejects the file, so that the client gets the response', async () => {
  const rejection = problem('unsupported_media_type');
  await expect(read(split(whole, 100), () => Promise.reject(rejection))).rejects.toBe(rejection);
  const afterSome = async ({ content: file }: FilePart) => {
    for await (const _chunk of file) throw rejection;
  };
  await expect(read(split(whole, 100), afterSome)).rejects.toBe(rejection);
});
