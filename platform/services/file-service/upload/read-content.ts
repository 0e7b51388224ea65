import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { readForm } from './read-form.ts';

/** What a repeated upload must have in common with the first one. The boundary of the form may differ. */
export interface UploadContent {
  filename: string | undefined;
  size: number;
  /** Of the file, hexadecimal. */
  sha256: string;
  /** The other fields of the form, in its order. */
  fields: (readonly [name: string, value: string])[];
}

/** Reads a form to its end without storing anything. @throws ProblemError as `readForm` does */
export async function readContent(body: Readable | undefined, contentType: string): Promise<UploadContent> {
  const { received, fields } = await readForm({
    contentType,
    body,
    async receive({ filename, content }) {
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of content as AsyncIterable<Buffer>) {
        size += chunk.length;
        hash.update(chunk);
      }
      return { filename, size, sha256: hash.digest('hex') };
    },
  });
  return { ...received, fields: [...fields] };
}
