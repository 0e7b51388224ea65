import { kindOfName, mayContainName, type SecretKind } from './secret-names.ts';

export const hidden = '[redacted]';

/**
 * A name and what separates it from its value: `"name":`, `name=`, `name: `, `'name' =>`, `user[name]=`. The backslashes
 * are those of JSON inside of JSON.
 */
const assignment =
  /(?<![\w-])([\w-]{1,64})\\*(?:["'`]|&quot;|&#34;|&#39;)?(?:\]|%5D)?(\s*)(=>|[:=,])(\s*)(\[\s*(?=\\*(?:["'`]|&)))?/gi;
const openingQuote = /(\\*)(["'`]|&quot;|&#34;|&#39;)/y;
const nextInList = /\s*,\s*(?=\\*(?:["'`]|&quot;|&#34;|&#39;))/y;
/** Backslashes belong to a value unless they escape the quote that ends the text around it. */
const unquotedValue = /(?:[^\s&;,"'`<>()[\]{}\\]|\\+(?!["'`\\]))+/y;
const restOfLine = /(?:[^\r\n"'`\\]|\\(?![rn"'`\\]))+/y;
/** Values that say that there is no secret. */
const placeholder = /^(?:\[redacted\]|\*+|null|undefined|true|false|none|)$/i;
/** Headers that libraries log as lists of names and values. */
const headerName = /^(?:proxy-)?authorization$|^(?:set-)?cookie$|^x-(?:api|internal)-key$/i;

/**
 * Hides the values under names of secrets: in JSON, in JSON inside of JSON at any depth, in the notations of JavaScript
 * and Python, in forms, query strings and headers.
 */
export function hideNamedSecrets(text: string, report: (kind: SecretKind) => void): string {
  if (!mayContainName(text)) return text;
  let result = '';
  let copied = 0;
  const hide = (from: number, to: number, kind: SecretKind): void => {
    if (placeholder.test(text.slice(from, to))) return;
    result += text.slice(copied, from) + hidden;
    copied = to;
    report(kind);
  };
  assignment.lastIndex = 0;
  for (let found = assignment.exec(text); found !== null; found = assignment.exec(text)) {
    const [whole, name = '', , separator = '', , list] = found;
    const kind = kindOfName(name);
    if (kind === undefined || (separator === ',' && !headerName.test(name))) {
      assignment.lastIndex = found.index + name.length;
      continue;
    }
    let at = found.index + whole.length;
    let quoted = openingAt(text, at);
    if (quoted === undefined) {
      const end = unquotedEnd(text, at, { ...found, name, separator });
      if (end !== undefined) hide(at, end, kind);
      assignment.lastIndex = Math.max(end ?? 0, found.index + name.length);
      continue;
    }
    while (quoted !== undefined) {
      const end = closingQuote(text, quoted);
      hide(quoted.start, end, kind);
      at = end;
      nextInList.lastIndex = end + quoted.length;
      quoted =
        list !== undefined && nextInList.test(text) ? openingAt(text, nextInList.lastIndex) : undefined;
    }
    assignment.lastIndex = at;
  }
  return result + text.slice(copied);
}

interface Quoted {
  /** Index of the first character after the quote. */
  start: number;
  backslashes: number;
  quote: string;
  /** Length of the quote with its backslashes. */
  length: number;
}

function openingAt(text: string, index: number): Quoted | undefined {
  openingQuote.lastIndex = index;
  const [whole = '', backslashes = '', quote = ''] = openingQuote.exec(text) ?? [];
  if (quote === '') return undefined;
  return { start: index + whole.length, backslashes: backslashes.length, quote, length: whole.length };
}

/**
 * The index of the quote, with its backslashes, that ends a value; the end of the line if it is cut off. At depth d of
 * JSON inside of JSON, quotes have n = 2^d - 1 backslashes, those inside of the value n more than a multiple of 2n + 2.
 */
function closingQuote(text: string, { start, backslashes, quote }: Quoted): number {
  const period = 2 * (backslashes + 1);
  for (let at = text.indexOf(quote, start); at >= 0; at = text.indexOf(quote, at + quote.length)) {
    let run = 0;
    while (at - run > start && text[at - run - 1] === '\\') run += 1;
    if (run % period === backslashes) return at - backslashes;
  }
  const line = text.indexOf('\n', start);
  return line < 0 ? text.length : line;
}

/** The end of a value without quotes; undefined where none begins. */
function unquotedEnd(
  text: string,
  at: number,
  { name, separator, 2: before, 4: after }: { name: string; separator: string; 2?: string; 4?: string },
): number | undefined {
  const header = separator === ':' && headerName.test(name);
  const pattern = header ? restOfLine : unquotedValue;
  pattern.lastIndex = at;
  const value = pattern.exec(text)?.[0];
  if (value === undefined) return undefined;
  const end = at + value.length;
  if (header || (separator === '=' && before === '' && after === '' && !isCount(name, value))) return end;
  // In prose, `password: required` is a message and `password: hunter22` a password.
  return /\d/.test(value) && !isCount(name, value) ? end : undefined;
}

function isCount(name: string, value: string): boolean {
  return /tokens$/i.test(name) && /^\d+$/.test(value);
}
