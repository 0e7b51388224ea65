import type { Evaluation } from '../evaluation.ts';
import { FormulaValueError } from '../formula-error.ts';
import { isEmpty, toInteger, toText, type Value } from '../value.ts';
import { any, type FunctionDefinition } from './function-definition.ts';

/** A function whose first argument is a text. */
function onText(
  name: string,
  arity: readonly [number, number],
  apply: (text: string, rest: readonly Value[], evaluation: Evaluation) => Value,
): FunctionDefinition {
  return {
    name,
    arity,
    apply([value = null, ...rest], evaluation) {
      const text = toText(value);
      evaluation.allowText(text.length);
      return apply(text, rest, evaluation);
    },
  };
}

function position(
  needle: string,
  [where = null, start = null]: readonly Value[],
  evaluation: Evaluation,
): number {
  const text = toText(where);
  evaluation.allowText(text.length);
  return text.indexOf(needle, Math.max(toInteger(start) - 1, 0)) + 1;
}

function count(value: Value | undefined): number {
  const number = toInteger(value ?? null);
  if (number < 0) throw new FormulaValueError('a count below zero');
  return number;
}

/** Converts a position in a text, which Airtable counts from 1, to an index. */
function toIndex(value: Value | undefined): number {
  const number = toInteger(value ?? null);
  if (number < 1) throw new FormulaValueError('a position below one');
  return number - 1;
}

function substitute(
  text: string,
  [old = null, fresh = null, index]: readonly Value[],
  evaluation: Evaluation,
) {
  const search = toText(old);
  const replacement = toText(fresh);
  if (search === '') return text;
  if (index === undefined || isEmpty(index)) {
    const parts = text.split(search);
    evaluation.allowText(text.length + (parts.length - 1) * (replacement.length - search.length));
    return parts.join(replacement);
  }
  let at = -search.length;
  for (let occurrence = toIndex(index) + 1; occurrence > 0; occurrence -= 1) {
    at = text.indexOf(search, at + search.length);
    if (at < 0) return text;
  }
  evaluation.allowText(text.length + replacement.length);
  return text.slice(0, at) + replacement + text.slice(at + search.length);
}

const notNumeric = /[^0-9.eE+-]/g;

export const textFunctions: readonly FunctionDefinition[] = [
  {
    name: 'CONCATENATE',
    arity: [1, any],
    apply(args, evaluation) {
      const texts = args.map(toText);
      evaluation.allowText(texts.reduce((length, text) => length + text.length, 0));
      return texts.join('');
    },
  },
  onText('FIND', [2, 3], position),
  onText('SEARCH', [2, 3], (needle, rest, evaluation) => position(needle, rest, evaluation) || null),
  onText('LEFT', [1, 2], (text, [howMany]) => text.slice(0, howMany === undefined ? 1 : count(howMany))),
  onText('RIGHT', [1, 2], (text, [howMany]) =>
    text.slice(Math.max(text.length - (howMany === undefined ? 1 : count(howMany)), 0)),
  ),
  onText('MID', [3, 3], (text, [start, howMany]) => {
    const from = toIndex(start);
    return text.slice(from, from + count(howMany));
  }),
  onText('LEN', [1, 1], (text) => text.length),
  onText('LOWER', [1, 1], (text) => text.toLowerCase()),
  onText('UPPER', [1, 1], (text) => text.toUpperCase()),
  onText('TRIM', [1, 1], (text) => text.trim()),
  onText('SUBSTITUTE', [3, 4], substitute),
  onText('REPLACE', [4, 4], (text, [start, howMany, fresh = null], evaluation) => {
    const from = toIndex(start);
    const replacement = toText(fresh);
    evaluation.allowText(text.length + replacement.length);
    return text.slice(0, from) + replacement + text.slice(from + count(howMany));
  }),
  onText('REPT', [2, 2], (text, [times], evaluation) => {
    const repeats = count(times);
    evaluation.allowText(text.length * repeats);
    return text === '' ? '' : text.repeat(repeats);
  }),
  { name: 'T', arity: [1, 1], apply: ([value = null]) => (typeof value === 'string' ? value : null) },
  {
    name: 'VALUE',
    arity: [1, 1],
    apply([value = null]) {
      if (typeof value === 'number') return value;
      const number = Number.parseFloat(toText(value).replace(notNumeric, ''));
      if (Number.isNaN(number)) throw new FormulaValueError('the text has no number');
      return number;
    },
  },
  onText('ENCODE_URL_COMPONENT', [1, 1], (text, _rest, evaluation) => {
    evaluation.allowText(text.length * 3);
    // Unpaired surrogates cannot be encoded and become the replacement character.
    return encodeURIComponent(text.toWellFormed());
  }),
];
