import type { RE2JS } from 're2js';
import type { Evaluation } from '../evaluation.ts';
import { FormulaLimitError, FormulaValueError } from '../formula-error.ts';
import { toText, type Value } from '../value.ts';
import type { EagerFunction, FunctionDefinition } from './function-definition.ts';

/** Work of one step: instructions of the pattern times characters of the text. */
const workPerStep = 256;

function onPattern(
  name: string,
  argumentCount: number,
  apply: (text: string, pattern: RE2JS, rest: readonly Value[], evaluation: Evaluation) => Value,
): EagerFunction {
  return {
    name,
    arity: [argumentCount, argumentCount],
    needs: 'regex',
    apply([value = null, source = null, ...rest], evaluation) {
      const text = toText(value);
      const pattern = compile(toText(source), evaluation);
      evaluation.allowText(text.length);
      evaluation.spend(Math.ceil((text.length * pattern.programSize()) / workPerStep));
      return apply(text, pattern, rest, evaluation);
    },
  };
}

function compile(source: string, evaluation: Evaluation): RE2JS {
  const { limits, libraries } = evaluation;
  if (source.length > limits.patternLength)
    throw new FormulaLimitError(`A regular expression is longer than ${limits.patternLength} characters`);
  if (libraries.compileRegex === undefined) throw new Error('the regular expression engine is not loaded');
  const pattern = libraries.compileRegex(source);
  evaluation.checkTime();
  if (pattern === undefined) throw new FormulaValueError('not a regular expression');
  if (pattern.programSize() > limits.patternSize)
    throw new FormulaLimitError('A regular expression is too complex');
  return pattern;
}

const reference = /\$(\$|\d{1,2})/g;

/**
 * Replaces match by match instead of using the library's function. Each search is linear in the text, but many
 * searches are not, so the work is checked in between.
 */
function replaceMatches(text: string, pattern: RE2JS, replacement: string, evaluation: Evaluation): string {
  const matcher = pattern.matcher(text);
  const groups = pattern.groupCount();
  let result = '';
  let end = 0;
  while (matcher.find()) {
    evaluation.spend(4);
    evaluation.checkTime();
    result += text.slice(end, matcher.start());
    result += replacement.replace(reference, (whole, name: string) => {
      if (name === '$') return '$';
      return Number(name) <= groups ? (matcher.group(Number(name)) ?? '') : whole;
    });
    evaluation.allowText(result.length);
    end = matcher.end();
  }
  return result + text.slice(end);
}

/** Regular expressions as in Airtable: RE2 syntax, linear time. */
export const regexFunctions: readonly FunctionDefinition[] = [
  onPattern('REGEX_MATCH', 2, (text, pattern) => pattern.test(text)),
  onPattern('REGEX_EXTRACT', 2, (text, pattern) => {
    const matcher = pattern.matcher(text);
    if (!matcher.find()) throw new FormulaValueError('no match');
    return matcher.group();
  }),
  onPattern('REGEX_REPLACE', 3, (text, pattern, [fresh = null], evaluation) => {
    const replaced = replaceMatches(text, pattern, toText(fresh), evaluation);
    evaluation.allowText(replaced.length);
    return replaced;
  }),
];
