import { fieldProblem } from '../../../kit/http/problem.ts';

/** Maximum size of a name in UTF-8, bytes; the usual limit of file systems. */
const maxNameBytes = 255;
/** Characters that some systems treat as a path separator. */
const separator = /[/\\\u2044\u2215\u29f8\uff0f\uff3c]/u;
/** Invisible marks that systems put beside Arabic or Hebrew text, and the byte order mark. They change no order. */
const invisibleMark = /[\u061c\u200e\u200f\ufeff]/gu;
/** Control characters, and characters that reorder what follows: they can show `exe.txt` for `txt.exe`. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Cs}/u;

/**
 * The name of an uploaded file: the last part of the path that the client sent, without invisible marks. It is shown, but never used as a path.
 * @throws ProblemError `validation_failed` for a name that is empty, too long or not printable
 */
export function readFileName(sent: string | undefined): string {
  const invalid = (msg: string) => fieldProblem(['body', 'file', 'filename'], msg, 'invalid_filename');
  if (sent === undefined) throw invalid('A name is required');
  if (unprintable.test(sent)) throw invalid('Must not contain control characters');
  const name = (sent.replaceAll(invisibleMark, '').normalize('NFC').split(separator).at(-1) ?? '').trim();
  if (name === '' || name === '.' || name === '..') throw invalid('A name is required');
  if (Buffer.byteLength(name) > maxNameBytes) throw invalid(`May have at most ${maxNameBytes} bytes`);
  return name;
}

/** The part after the last dot, in lower case; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
