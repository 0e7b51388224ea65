import type { Operator } from './expression.ts';
import { FormulaSyntaxError } from './formula-error.ts';

export type Token =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'text'; value: string; at: number }
  | { kind: 'field'; name: string; at: number }
  | { kind: 'name'; name: string; at: number }
  | { kind: 'operator'; operator: Operator; at: number }
  | { kind: 'punctuation'; mark: '(' | ')' | ','; at: number }
  | { kind: 'end'; at: number };

const space = /\s+/y;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const name = /[\p{L}_][\p{L}\p{N}\p{M}_]*/uy;
const operator = /!=|<=|>=|[=<>&+*/-]/y;
const punctuation = /[(),]/y;

/** Escape sequences. A backslash before any other character stays, as in patterns such as `\d`. */
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Splits a formula into tokens. The last one has the kind `end`.
 * @throws FormulaSyntaxError at a character that cannot begin a token, or at an unclosed text or field
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };

  while (at < source.length) {
    const start = at;
    const blank = take(space);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const character = source[at] as string;
    if (character === '"' || character === "'") {
      const text = readText(source, at);
      tokens.push({ kind: 'text', value: text.value, at: start });
      at = text.end;
      continue;
    }
    if (character === '{') {
      const field = readField(source, at);
      tokens.push({ kind: 'field', name: field.value, at: start });
      at = field.end;
      continue;
    }
    const digits = take(number);
    if (digits !== undefined) {
      tokens.push({ kind: 'number', value: Number(digits), at: start });
      at += digits.length;
      continue;
    }
    const word = take(name);
    if (word !== undefined) {
      tokens.push({ kind: 'name', name: word, at: start });
      at += word.length;
      continue;
    }
    const sign = take(operator);
    if (sign !== undefined) {
      tokens.push({ kind: 'operator', operator: sign as Operator, at: start });
      at += sign.length;
      continue;
    }
    const mark = take(punctuation);
    if (mark === undefined) throw new FormulaSyntaxError(`Unexpected character ${character}`, at);
    tokens.push({ kind: 'punctuation', mark: mark as '(' | ')' | ',', at: start });
    at += 1;
  }
  tokens.push({ kind: 'end', at: source.length });
  return tokens;
}

interface Quoted {
  value: string;
  /** Index after the closing mark. */
  end: number;
}

function readText(source: string, start: number): Quoted {
  const quote = source[start];
  let value = '';
  for (let at = start + 1; at < source.length; at += 1) {
    const character = source[at] as string;
    if (character === quote) return { value, end: at + 1 };
    if (character !== '\\') {
      value += character;
      continue;
    }
    const next = source[at + 1];
    const meaning = next === undefined ? undefined : escapes[next];
    if (meaning === undefined) value += '\\';
    else {
      value += meaning;
      at += 1;
    }
  }
  throw new FormulaSyntaxError('A text is not closed', start);
}

/**
 * Inside braces only `\}` and `\\` are escapes: `{End\\}` is the field `End\`. Any other backslash is part of the
 * name, so `{Back\slash}` and `{Back\\slash}` are the same field.
 */
function readField(source: string, start: number): Quoted {
  let value = '';
  for (let at = start + 1; at < source.length; at += 1) {
    const character = source[at] as string;
    if (character === '}') {
      if (value === '') throw new FormulaSyntaxError('A field name is empty', start);
      return { value, end: at + 1 };
    }
    const next = source[at + 1];
    if (character === '\\' && (next === '}' || next === '\\')) {
      value += next;
      at += 1;
    } else value += character;
  }
  throw new FormulaSyntaxError('A field name is not closed', start);
}
