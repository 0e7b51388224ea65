import { BrokenAnswerError } from './exchange.ts';

/** How the end of a body is found. */
export type Framing = 'none' | 'length' | 'chunked' | 'close';

export interface AnswerHead {
  status: number;
  /** Names in lower case and values in turn, as many times as they were sent. */
  headers: string[];
  framing: Framing;
  /** Of the body, bytes; 0 unless `framing` is `length`. */
  length: number;
  /** Whether the connection can carry another request afterwards. */
  reusable: boolean;
  /** How long the service keeps an idle connection, by its own word, seconds. */
  keepAliveS: number | undefined;
}

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** A field of RFC 9112 without line folding; the value's outer blanks are not part of it. */
const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const digits = /^\d{1,15}$/;

function broken(what: string): BrokenAnswerError {
  return new BrokenAnswerError(`the service answered ${what}`);
}

/**
 * Reads the head of an answer, without the empty line that ends it. Strict: whatever two readers could take for two
 * things is refused, so that no answer can pass for another's.
 * @param text decoded as latin1, so that every byte survives
 * @param method of the request: an answer to HEAD has no body
 * @throws BrokenAnswerError
 */
export function parseAnswerHead(text: string, method: string): AnswerHead {
  let end = text.indexOf('\r\n');
  if (end === -1) end = text.length;
  const first = statusLine.exec(text.slice(0, end));
  if (first === null) throw broken('without a status line');
  const status = Number(first[2]);
  const headers: string[] = [];
  let length: number | undefined;
  let chunked = false;
  let reusable = first[1] === '1';
  let keepAliveS: number | undefined;

  while (end < text.length) {
    const start = end + 2;
    end = text.indexOf('\r\n', start);
    if (end === -1) end = text.length;
    const parts = field.exec(text.slice(start, end));
    if (parts === null) throw broken('with a header that is none');
    const name = (parts[1] as string).toLowerCase();
    const value = parts[2] as string;
    headers.push(name, value);
    if (name === 'content-length') {
      if (length !== undefined || !digits.test(value)) throw broken('with an unclear length');
      length = Number(value);
    } else if (name === 'transfer-encoding') {
      if (chunked || value.toLowerCase() !== 'chunked') throw broken('in an unknown transfer encoding');
      chunked = true;
    } else if (name === 'connection') {
      if (/\bclose\b/i.test(value)) reusable = false;
    } else if (name === 'keep-alive') {
      const seconds = /\btimeout=(\d{1,6})\b/i.exec(value)?.[1];
      if (seconds !== undefined) keepAliveS = Number(seconds);
    }
  }
  if (chunked && length !== undefined) throw broken('with an unclear length');

  const common = { status, headers, keepAliveS };
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { ...common, framing: 'none', length: 0, reusable };
  if (chunked) return { ...common, framing: 'chunked', length: 0, reusable };
  if (length !== undefined) return { ...common, framing: length === 0 ? 'none' : 'length', length, reusable };
  return { ...common, framing: 'close', length: 0, reusable: false };
}
