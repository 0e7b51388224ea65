import { type FileHandle, open } from 'node:fs/promises';
import { problem } from '../../../kit/http/problem.ts';
import { checkOfficeArchive } from './check-archive.ts';
import { compoundStreams } from './compound-streams.ts';
import type { FileType } from './file-type.ts';

/** How much of the beginning is searched for markup, bytes. */
const headBytes = 64 * 1024;
/** The farthest from the end that the directory of a zip archive may be announced, bytes. */
const tailBytes = 65_557;
const archiveEnd = Buffer.from('PK\x05\x06', 'latin1');
const archiveEndBytes = 22;

/** A tag, a declaration or a comment first: browsers that guess take it for a page or a drawing. */
const markupStart = /^\s*<[a-z!?]/i;
const scriptAnywhere = /<script|<html|<!doctype html|<\?php/i;
/** Signatures of other formats that consist of printable characters. */
const foreignText = /^(?:%PDF-|%!PS|\{\\rtf|MZ|#!)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what text does not contain
const binaryCharacters = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

const refuse = (message: string) => problem('unsupported_media_type', { message });

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function decodeHead(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le').decode(head);
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be').decode(head);
  return new TextDecoder('utf-8').decode(head);
}

function checkText(head: Buffer, hasZero: boolean): void {
  const text = decodeHead(head);
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (binaryCharacters.test(text) || (hasZero && !wide)) throw refuse('The content is not text.');
  if (foreignText.test(text)) throw refuse('The content is of another type than the name says.');
  if (markupStart.test(text)) throw refuse('The content is markup, which is not accepted.');
}

/**
 * A file that is an archive as well passes for a picture at one reader and for a program at another. Documents may
 * hold an archive as an attachment, which then does not reach to the very end; pictures have no reason to.
 */
function isAlsoArchive(tail: Buffer, content: FileType['content']): boolean {
  const at = tail.lastIndexOf(archiveEnd);
  if (at < 0 || at + archiveEndBytes > tail.length) return false;
  const entries = tail.readUInt16LE(at + 10);
  const commentBytes = tail.readUInt16LE(at + 20);
  const end = at + archiveEndBytes + commentBytes;
  return entries > 0 && (content === 'image' ? end <= tail.length : end === tail.length);
}

/**
 * Checks that the bytes of a stored file are what its extension says, and nothing else besides.
 * @param hasZero whether a zero byte occurs anywhere in it
 * @throws ProblemError `unsupported_media_type`, or `payload_too_large` for an archive that unpacks to too much
 */
export async function checkContent(
  path: string,
  type: FileType,
  { hasZero }: { hasZero: boolean },
): Promise<void> {
  const file = await open(path, 'r');
  try {
    const head = await readAt(file, 0, headBytes);
    if (type.content === 'text') {
      checkText(head, hasZero);
      return;
    }
    if (type.content === 'office-archive') await checkOfficeArchive(path);
    const { fileTypeFromBuffer, fileTypeFromFile } = await import('file-type');
    // Only inside of archives is there something to look for beyond the first bytes.
    const found =
      type.content === 'office-archive' ? await fileTypeFromFile(path) : await fileTypeFromBuffer(head);
    if (found?.mime !== type.signature) throw refuse('The content is of another type than the name says.');
    if (type.content === 'office-archive') return;
    if (type.streams !== undefined) {
      const names = await compoundStreams(file);
      if (!type.streams.some((name) => names.has(name)))
        throw refuse('The content is of another type than the name says.');
    }
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const tail = await readAt(file, start, size - start);
    if (isAlsoArchive(tail, type.content)) throw refuse('The content is an archive as well.');
    if (type.content === 'image' && [head, tail].some((part) => scriptAnywhere.test(part.toString('latin1'))))
      throw refuse('The content is markup as well.');
  } finally {
    await file.close();
  }
}
