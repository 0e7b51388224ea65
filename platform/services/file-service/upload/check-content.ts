import { openAsBlob } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { problem } from '../../../kit/http/problem.ts';
import { wideEncodingOf } from '../processing/extraction/text-encoding.ts';
import { checkOfficeArchive } from './check-archive.ts';
import { compoundStreams } from './compound-streams.ts';
import type { FileType } from './file-type.ts';

/** Size of the head that is searched for markup, bytes. */
const headBytes = 64 * 1024;
/** Maximum size of the end of a zip archive, where its directory is announced, bytes. */
const tailBytes = 65_557;
const archiveEnd = Buffer.from('PK\x05\x06', 'latin1');
const archiveEndBytes = 22;

/** Begins with a tag, a declaration or a comment: browsers that guess the type treat it as a page or an SVG image. */
const markupStart = /^\s*<[a-z!?]/i;
const scriptAnywhere = /<script|<html|<!doctype html|<\?php/i;
/** Signatures of other formats that consist of printable characters. */
const foreignText = /^(?:%PDF-|%!PS|\{\\rtf|MZ|#!)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: characters that text does not contain
const binaryCharacters = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

const unsupported = (message: string) => problem('unsupported_media_type', { message });
const otherType = () => unsupported('The content does not match the file extension.');

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function checkText(head: Buffer, hasZero: boolean): void {
  const wide = wideEncodingOf(head);
  const text = new TextDecoder(wide ?? 'utf-8').decode(head);
  if (binaryCharacters.test(text) || (hasZero && wide === undefined))
    throw unsupported('The content is not text.');
  if (foreignText.test(text)) throw otherType();
  if (markupStart.test(text)) throw unsupported('The content is markup, which is not accepted.');
}

/**
 * Whether the file is also an archive: one reader could open it as an image and another one as a program. A document
 * may contain an attached archive, which does not reach its end. An image may not contain one.
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
 * Checks that the content of a file matches its extension, and no other format at the same time.
 * @param hasZero whether the content contains a zero byte
 * @throws ProblemError `unsupported_media_type`; `payload_too_large` for an archive that is too large when unpacked
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
    const { fileTypeFromBlob, fileTypeFromBuffer } = await import('file-type');
    // Only the type of an archive depends on more than its first bytes. As a blob, because the package's own reader of
    // files imports a module that no bundle contains.
    const found =
      type.content === 'office-archive'
        ? await fileTypeFromBlob(await openAsBlob(path))
        : await fileTypeFromBuffer(head);
    if (found?.mime !== type.signature) throw otherType();
    if (type.content === 'office-archive') return;
    if (type.streams !== undefined) {
      const names = await compoundStreams(file);
      if (!type.streams.some((name) => names.has(name))) throw otherType();
    }
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const tail = await readAt(file, start, size - start);
    if (isAlsoArchive(tail, type.content)) throw unsupported('The content is also an archive.');
    if (type.content === 'image' && [head, tail].some((part) => scriptAnywhere.test(part.toString('latin1'))))
      throw unsupported('The content is also markup.');
  } finally {
    await file.close();
  }
}
