import type { Extracted } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';
import { readText } from './read-text.ts';

/** Maximum size of a character, bytes. */
const bytesPerCharacter = 4;

export async function extractText(path: string): Promise<Extracted> {
  const { text, encoding, more } = await readText(path, extractionLimits.text * bytesPerCharacter);
  const limited = limitText(text);
  return {
    text: limited.text,
    metadata: {
      encoding,
      characters: limited.text.length,
      lines: limited.text === '' ? 0 : limited.text.split(/\r\n|\r|\n/).length,
      truncated: limited.truncated || more,
    },
  };
}
