import { stripVTControlCharacters } from 'node:util';

/**
 * Makes foreign text safe to print as one line of a terminal: escape sequences are removed, line breaks and
 * tabs become a space, other control characters and text-direction overrides become U+FFFD. A log line of
 * the system under test must be able neither to move the cursor nor to disguise what it says.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text.replace(invisible, ''))
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Zero-width characters and byte-order marks, which can split an escape sequence to carry it past a filter. */
const invisible = /[\u200b\u2060\ufeff]/gu;
