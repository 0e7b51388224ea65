import { type BinaryExpression, type Expression, leftSpine, operatorLevels } from './expression.ts';

const highestLevel = operatorLevels.length;

function levelOf({ operator }: BinaryExpression): number {
  return operatorLevels.findIndex((operators) => (operators as readonly string[]).includes(operator));
}

/** Prints an expression so that parsing it gives the same expression. */
export function printFormula(expression: Expression): string {
  return print(expression, 0);
}

function print(expression: Expression, level: number): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.value);
    case 'text':
      return printText(expression.value);
    case 'field':
      return `{${expression.name.replaceAll('\\', '\\\\').replaceAll('}', '\\}')}}`;
    case 'call':
      return `${expression.name}(${expression.args.map((argument) => print(argument, 0)).join(', ')})`;
    case 'negation':
      return `-${print(expression.operand, highestLevel)}`;
    case 'binary':
      return printBinary(expression, level);
  }
}

function printBinary(expression: BinaryExpression, level: number): string {
  const own = levelOf(expression);
  const { first, steps } = leftSpine(expression);
  let text = print(first, highestLevel);
  let previous: number = highestLevel;
  for (const step of steps) {
    const current = levelOf(step);
    // The chain so far is this step's left operand: it needs parentheses only when its precedence is lower.
    if (previous < current) text = `(${text})`;
    text += ` ${step.operator} ${print(step.right, current + 1)}`;
    previous = current;
  }
  return own < level ? `(${text})` : text;
}

/** A text literal in double quotes. */
export function printText(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}
