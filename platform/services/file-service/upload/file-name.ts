import { fieldProblem } from '../../../kit/http/problem.ts';

/** Most bytes of a name in UTF-8; what file systems commonly allow. */
const maxNameBytes = 255;
/** What some system or reader takes for a separator of folders. */
const separator = /[/\\\u2044\u2215\u29f8\uff0f\uff3c]/u;
/** Control characters, and marks that make text read in another order than it is stored. */
const unprintable = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

/**
 * The name to show for an uploaded file: the last part of what the client sent. It never becomes a path.
 * @throws ProblemError `validation_failed` for a name that is empty, too long or not printable.
 */
export function readFileName(sent: string | undefined): string {
  const refuse = (msg: string) => fieldProblem(['body', 'file', 'filename'], msg, 'invalid_filename');
  if (sent === undefined) throw refuse('A name is required');
  if (unprintable.test(sent)) throw refuse('Must not contain control characters');
  const name = (sent.normalize('NFC').split(separator).at(-1) ?? '').trim();
  if (name === '' || name === '.' || name === '..') throw refuse('A name is required');
  if (Buffer.byteLength(name) > maxNameBytes) throw refuse(`May have at most ${maxNameBytes} bytes`);
  return name;
}

/** The part after the last dot in lower case; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
