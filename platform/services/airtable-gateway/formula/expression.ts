/** Binary operators by precedence, lowest first. Operators of one level are left-associative. */
export const operatorLevels = [['=', '!=', '<', '<=', '>', '>='], ['&'], ['+', '-'], ['*', '/']] as const;
export type Operator = (typeof operatorLevels)[number][number];

/** A parsed formula. `at` is the index of the expression's first token or operator in the source. */
export type Expression =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'text'; value: string; at: number }
  | { kind: 'field'; name: string; at: number }
  | { kind: 'call'; name: string; args: readonly Expression[]; at: number }
  | { kind: 'negation'; operand: Expression; at: number }
  | BinaryExpression;

export interface BinaryExpression {
  kind: 'binary';
  operator: Operator;
  left: Expression;
  right: Expression;
  at: number;
}

export interface Spine {
  first: Expression;
  /** From the inside out: `first op0 right0 op1 right1 …`. */
  steps: readonly BinaryExpression[];
}

/**
 * Unrolls the left side of a chain such as `a & b & c & …`, so that a loop instead of recursion can process it. A
 * chain can have thousands of operators, while the nesting depth is limited.
 */
export function leftSpine(expression: BinaryExpression): Spine {
  const steps: BinaryExpression[] = [];
  let current: Expression = expression;
  while (current.kind === 'binary') {
    steps.push(current);
    current = current.left;
  }
  return { first: current, steps: steps.reverse() };
}

/** The same expression with renamed fields. */
export function renameFields(expression: Expression, rename: (name: string) => string): Expression {
  switch (expression.kind) {
    case 'field':
      return { ...expression, name: rename(expression.name) };
    case 'call':
      return { ...expression, args: expression.args.map((argument) => renameFields(argument, rename)) };
    case 'negation':
      return { ...expression, operand: renameFields(expression.operand, rename) };
    case 'binary': {
      const { first, steps } = leftSpine(expression);
      let left = renameFields(first, rename);
      for (const step of steps) left = { ...step, left, right: renameFields(step.right, rename) };
      return left;
    }
    default:
      return expression;
  }
}
