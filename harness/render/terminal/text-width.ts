import { stripVTControlCharacters } from 'node:util';

const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;
const zeroWidth = /^(?:\p{Mark}|\p{Cf})/u;

/** Width of a text on a terminal, columns. Colour sequences take 0, East Asian wide characters 2. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const character of plain) width += columnsOf(character);
  return width;
}

/** Cuts a text without colour to at most `width` columns; `…` marks the cut. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  let taken = '';
  let left = width - 1;
  for (const character of text) {
    left -= columnsOf(character);
    if (left < 0) break;
    taken += character;
  }
  return `${taken.trimEnd()}…`;
}

/** Fills a text with spaces to `width` columns. A longer text stays unchanged. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + fill : fill + text;
}

/** Breaks a text without colour at spaces into lines of at most `width` columns. A longer word is split. */
export function wrap(text: string, width: number): string[] {
  const limit = Math.max(8, width);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/u).flatMap((part) => pieces(part, limit))) {
    if (line === '') line = word;
    else if (displayWidth(line) + 1 + displayWidth(word) <= limit) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

function pieces(word: string, limit: number): string[] {
  if (displayWidth(word) <= limit) return [word];
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (displayWidth(part) + columnsOf(character) > limit) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  parts.push(part);
  return parts;
}

function columnsOf(character: string): number {
  if (wide.test(character)) return 2;
  return zeroWidth.test(character) ? 0 : 1;
}
