import { readFile } from 'node:fs/promises';
import { type Extracted, ExtractionError } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { verifyArchive } from './verify-archive.ts';

/** @throws ExtractionError when the document is damaged or too large */
export async function extractDocx(path: string): Promise<Extracted> {
  await verifyArchive(path);
  const { default: mammoth } = await import('mammoth');
  const { value } = await mammoth
    .extractRawText({ buffer: await readFile(path) })
    .catch((error: unknown): never => {
      throw new ExtractionError('The document is damaged.', { cause: error });
    });
  const { text, truncated } = limitText(value.trim());
  return {
    text,
    metadata: {
      paragraphs: text.split(/\n+/).filter((line) => line.trim() !== '').length,
      characters: text.length,
      truncated,
    },
  };
}
