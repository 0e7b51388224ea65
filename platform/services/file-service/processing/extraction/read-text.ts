import { open, readFile } from 'node:fs/promises';
import { detectEncoding, type TextEncoding } from './text-encoding.ts';

export interface TextFile {
  text: string;
  encoding: TextEncoding;
  /** Whether the file is longer than what was read. */
  more: boolean;
}

/** Reads at most `maxBytes` of a text file, in the encoding of the whole file. */
export async function readText(path: string, maxBytes: number): Promise<TextFile> {
  const encoding = await detectEncoding(path);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const more = size > maxBytes;
    const bytes = more
      ? (await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)).buffer
      : await readFile(file);
    return { text: new TextDecoder(encoding).decode(bytes, { stream: more }), encoding, more };
  } finally {
    await file.close();
  }
}
