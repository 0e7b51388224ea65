import { open, readFile } from 'node:fs/promises';

/** The encoding of a text file: by its byte order mark, else UTF-8 if it is valid, else Windows-1252. */
export function encodingOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  try {
    // In stream mode, since the last character may be incomplete.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

export interface TextFile {
  text: string;
  encoding: string;
  /** Whether the file is longer than what was read. */
  more: boolean;
}

/** Reads at most `maxBytes` of a text file. */
export async function readText(path: string, maxBytes: number): Promise<TextFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const more = size > maxBytes;
    const bytes = more
      ? (await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)).buffer
      : await readFile(file);
    const encoding = encodingOf(bytes);
    return { text: new TextDecoder(encoding).decode(bytes, { stream: true }), encoding, more };
  } finally {
    await file.close();
  }
}
