import { createReadStream } from 'node:fs';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | 'iso-8859-15';

/** Share of characters with a zero byte from which text is UTF-16. Text in Latin letters has it in almost all. */
const wideShare = 0.4;

/**
 * The byte order of UTF-16 text, by its byte order mark or its zero bytes, which no other text has; undefined for other
 * text. UTF-16 of a language without Latin letters is found by its mark only.
 */
export function wideEncodingOf(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const pairs = Math.floor(head.length / 2);
  const zeros = [0, 0];
  for (let at = 0; at < pairs * 2; at += 1) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [first = 0, second = 0] = zeros;
  if (pairs < 2 || Math.min(first, second) > 0 || Math.max(first, second) < pairs * wideShare)
    return undefined;
  return second > 0 ? 'utf-16le' : 'utf-16be';
}

/**
 * The encoding of a text file. All of it is read: the only character that is not ASCII may be the last one. Without
 * zero bytes it is UTF-8 if most of what is not ASCII is valid, else a Western European code page. MacRoman and the code
 * pages of other languages cannot be distinguished from Windows-1252, so they are read as it.
 */
export async function detectEncoding(path: string): Promise<TextEncoding> {
  const decoder = new TextDecoder('utf-8');
  const seen = { valid: 0, invalid: 0, c1: false, euro: false };
  const count = (text: string) => {
    for (const [run] of text.matchAll(/[^\0-\x7f]+/g))
      for (const character of run) seen[character === '\ufffd' ? 'invalid' : 'valid'] += 1;
  };
  let isFirst = true;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const wide = isFirst ? wideEncodingOf(chunk) : undefined;
    if (wide !== undefined) return wide;
    isFirst = false;
    count(decoder.decode(chunk, { stream: true }));
    for (const byte of chunk) {
      if (byte >= 0x80 && byte < 0xa0) seen.c1 = true;
      // The euro sign of ISO 8859-15; in Windows-1252 a currency sign that nobody writes.
      else if (byte === 0xa4) seen.euro = true;
    }
  }
  count(decoder.decode());
  if (seen.invalid === 0 || seen.valid > seen.invalid) return 'utf-8';
  return seen.euro && !seen.c1 ? 'iso-8859-15' : 'windows-1252';
}
