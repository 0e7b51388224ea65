import { type Expression, type Operator, operatorLevels } from './expression.ts';
import { FormulaSyntaxError } from './formula-error.ts';
import { type FormulaLimits, formulaLimits } from './limits.ts';
import { type Token, tokenize } from './tokenize.ts';

const levelOf = new Map<Operator, number>(
  operatorLevels.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)),
);

/**
 * Parses a formula in Airtable's language. Function names become upper-case. The parser does not check whether
 * functions and fields exist.
 * @throws FormulaSyntaxError for invalid syntax, and for a formula that exceeds the limits of length, depth or size
 */
export function parseFormula(source: string, limits: FormulaLimits = formulaLimits): Expression {
  if (source.length > limits.sourceLength)
    throw new FormulaSyntaxError(
      `The formula is longer than ${limits.sourceLength} characters`,
      limits.sourceLength,
    );
  const parser = new Parser(tokenize(source), limits);
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #limits: FormulaLimits;
  #next = 0;
  #depth = 0;
  #nodes = 0;

  constructor(tokens: readonly Token[], limits: FormulaLimits) {
    this.#tokens = tokens;
    this.#limits = limits;
  }

  whole(): Expression {
    const expression = this.#binary(0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw unexpected(rest);
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #takeMark(mark: '(' | ')' | ','): boolean {
    const token = this.#peek();
    if (token.kind !== 'punctuation' || token.mark !== mark) return false;
    this.#next += 1;
    return true;
  }

  #count<E extends Expression>(expression: E): E {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodes)
      throw new FormulaSyntaxError(`The formula has more than ${this.#limits.nodes} parts`, expression.at);
    return expression;
  }

  /** Precedence climbing: operands of `level` are chains of the next higher level. */
  #binary(level: number): Expression {
    if (level === operatorLevels.length) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      if (token.kind !== 'operator' || levelOf.get(token.operator) !== level) return left;
      this.#next += 1;
      const right = this.#binary(level + 1);
      left = this.#count({ kind: 'binary', operator: token.operator, left, right, at: token.at });
    }
  }

  #unary(): Expression {
    const token = this.#take();
    if (token.kind === 'number' || token.kind === 'text') return this.#count({ ...token });
    if (token.kind === 'field') return this.#count({ kind: 'field', name: token.name, at: token.at });
    if (token.kind === 'name') {
      if (this.#takeMark('(')) return this.#nested(token.at, () => this.#call(token.name, token.at));
      return this.#count({ kind: 'field', name: token.name, at: token.at });
    }
    if (token.kind === 'operator' && token.operator === '-')
      return this.#nested(token.at, () =>
        this.#count({ kind: 'negation', operand: this.#unary(), at: token.at }),
      );
    if (token.kind === 'punctuation' && token.mark === '(')
      return this.#nested(token.at, () => {
        const inner = this.#binary(0);
        if (!this.#takeMark(')')) throw unexpected(this.#peek());
        return inner;
      });
    throw unexpected(token);
  }

  #call(name: string, at: number): Expression {
    const args: Expression[] = [];
    if (!this.#takeMark(')')) {
      do args.push(this.#binary(0));
      while (this.#takeMark(','));
      if (!this.#takeMark(')')) throw unexpected(this.#peek());
    }
    return this.#count({ kind: 'call', name: name.toUpperCase(), args, at });
  }

  #nested(at: number, parse: () => Expression): Expression {
    this.#depth += 1;
    if (this.#depth > this.#limits.depth)
      throw new FormulaSyntaxError(`The formula nests deeper than ${this.#limits.depth} levels`, at);
    const expression = parse();
    this.#depth -= 1;
    return expression;
  }
}

function unexpected(token: Token): FormulaSyntaxError {
  if (token.kind === 'end') return new FormulaSyntaxError('The formula ends too early', token.at);
  const shown =
    token.kind === 'punctuation'
      ? token.mark
      : token.kind === 'operator'
        ? token.operator
        : token.kind === 'name' || token.kind === 'field'
          ? token.name
          : String(token.value);
  return new FormulaSyntaxError(`Unexpected ${shown.slice(0, 50)}`, token.at);
}
