import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expression, operatorLevels } from './expression.ts';
import { FormulaSyntaxError } from './formula-error.ts';
import { formulaLimits } from './limits.ts';
import { parseFormula } from './parse-formula.ts';
import { printFormula } from './print-formula.ts';

function withoutPositions(expression: Expression): unknown {
  return JSON.parse(JSON.stringify(expression, (key, value) => (key === 'at' ? undefined : value)));
}

function syntaxError(source: string): FormulaSyntaxError {
  try {
    parseFormula(source);
  } catch (error) {
    if (error instanceof FormulaSyntaxError) return error;
    throw error;
  }
  throw new Error(`${source} was accepted`);
}

const operators = operatorLevels.flat();
const fieldName = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((name) => !name.includes('\\'));
const leaf = fc.oneof(
  fc
    .double({ min: 0, noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ kind: 'number', value, at: 0 })),
  fc.string({ maxLength: 12, unit: 'grapheme' }).map((value) => ({ kind: 'text', value, at: 0 })),
  fieldName.map((name) => ({ kind: 'field', name, at: 0 })),
);
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    leaf as fc.Arbitrary<Expression>,
    fc.record({
      kind: fc.constant('binary' as const),
      operator: fc.constantFrom(...operators),
      left: tie('expression'),
      right: tie('expression'),
      at: fc.constant(0),
    }),
    fc.record({ kind: fc.constant('negation' as const), operand: tie('expression'), at: fc.constant(0) }),
    fc.record({
      kind: fc.constant('call' as const),
      name: fc.constantFrom('IF', 'AND', 'ANY_NAME', 'REGEX_MATCH'),
      args: fc.array(tie('expression'), { maxLength: 4 }),
      at: fc.constant(0),
    }),
  ),
}));

describe('parsing a formula', () => {
  it.each([
    ['1+2*3', '1 + 2 * 3'],
    ['(1+2)*3', '(1 + 2) * 3'],
    ['1-2-3', '1 - 2 - 3'],
    ['1-(2-3)', '1 - (2 - 3)'],
    ['"a"&1+2="a3"', '"a" & 1 + 2 = "a3"'],
    ['-{x}*-2', '-{x} * -2'],
    ['if(Name, trim ( Name ), "")', 'IF({Name}, TRIM({Name}), "")'],
    [`'it\\'s' & "\\"q\\""`, '"it\'s" & "\\"q\\""'],
    ['{Guest\\} name}', '{Guest\\} name}'],
    ['.5 + 1. + 1e-07 + 1E+2', '0.5 + 1 + 1e-7 + 100'],
    ['"\\d+"', '"\\\\d+"'],
    ['NOW()', 'NOW()'],
    ['Größe = 1', '{Größe} = 1'],
  ])('parses %s as %s', (source, printed) => {
    expect(printFormula(parseFormula(source))).toBe(printed);
  });

  it.each([
    ['', 0],
    ['1 +', 3],
    ['{Name', 0],
    ['{}', 0],
    ['"open', 0],
    ['AND(1,)', 6],
    ['AND(1', 5],
    ['(1', 2],
    ['1 2', 2],
    ['a ; b', 2],
    ['= 1', 0],
    ['1 == 1', 3],
    ['a)', 1],
  ])('rejects %j at character %i', (source, at) => {
    expect(syntaxError(source).at).toBe(at);
  });

  it('parses every printed expression back to itself', () => {
    fc.assert(
      fc.property(expression, (original) => {
        expect(withoutPositions(parseFormula(printFormula(original)))).toEqual(withoutPositions(original));
      }),
    );
  });

  it('throws only FormulaSyntaxError for any text', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom('(', ')', ',', '{', '}', '"', "'", '\\', 'AND(', '-', '1e', '&', '='),
        fc.string(),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        try {
          parseFormula(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(FormulaSyntaxError);
        }
      }),
    );
  });

  it.each([
    ['parentheses', '('.repeat(8000)],
    ['closed parentheses', `${'('.repeat(8000)}1${')'.repeat(8000)}`],
    ['signs', `${'-'.repeat(16_000)}1`],
    ['calls', 'A('.repeat(8000)],
    ['length', '1'.repeat(formulaLimits.sourceLength + 1)],
  ])('rejects excessive %s', (_kind, source) => {
    expect(syntaxError(source).message).toMatch(/nests deeper|longer than/);
  });

  it('parses a chain of thousands of operators', () => {
    const chain = Array.from({ length: 4000 }, () => '1').join('+');
    expect(printFormula(parseFormula(chain))).toBe(chain.replaceAll('+', ' + '));
  });
});
