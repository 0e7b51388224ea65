import { open, readFile } from 'node:fs/promises';

/** The encoding of a text file by its mark, else UTF-8 when it is that, else what Windows wrote. */
export function encodingOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  try {
    // As a stream: the end may cut a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

export interface TextFile {
  text: string;
  encoding: string;
  /** Whether there is more than was read. */
  more: boolean;
}

/** Reads at most `most` bytes of a text file. */
export async function readText(path: string, most: number): Promise<TextFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes =
      size <= most ? await readFile(file) : (await file.read(Buffer.alloc(most), 0, most, 0)).buffer;
    const encoding = encodingOf(bytes);
    return { text: new TextDecoder(encoding).decode(bytes, { stream: true }), encoding, more: size > most };
  } finally {
    await file.close();
  }
}
