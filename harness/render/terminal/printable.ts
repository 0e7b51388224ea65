import { stripVTControlCharacters } from 'node:util';

/**
 * Makes untrusted text safe for one line of a terminal: removes escape sequences, replaces line breaks and tabs
 * by a space, and other control characters and overrides of the text direction by U+FFFD. A log line of the
 * system under test must not move the cursor or hide its content.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text.replace(invisible, ''))
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Zero-width characters and byte-order marks, which could split an escape sequence to pass the filter. */
const invisible = /[\u200b\u2060\ufeff]/gu;
