import { equalValues } from '../compare-values.ts';
import { FormulaValueError } from '../formula-error.ts';
import { isTruthy, type Value } from '../value.ts';
import { any, type FunctionDefinition } from './function-definition.ts';

/** AND, OR, IF and SWITCH evaluate only the arguments that decide the result. */
export const logicalFunctions: readonly FunctionDefinition[] = [
  {
    name: 'IF',
    arity: [2, 3],
    applyLazily: ([condition, yes, no]) =>
      isTruthy(condition?.() ?? null) ? (yes?.() ?? null) : (no?.() ?? null),
  },
  {
    name: 'AND',
    arity: [1, any],
    applyLazily: (args) => args.every((argument) => isTruthy(argument())),
  },
  { name: 'OR', arity: [1, any], applyLazily: (args) => args.some((argument) => isTruthy(argument())) },
  { name: 'NOT', arity: [1, 1], apply: ([value = null]) => !isTruthy(value) },
  { name: 'XOR', arity: [1, any], apply: (args) => args.filter(isTruthy).length % 2 === 1 },
  {
    name: 'SWITCH',
    arity: [2, any],
    applyLazily(args) {
      const value = args[0]?.() ?? null;
      let index = 1;
      for (; index + 1 < args.length; index += 2) {
        if (equalValues(value, args[index]?.() ?? null)) return args[index + 1]?.() ?? null;
      }
      return args[index]?.() ?? null;
    },
  },
  { name: 'TRUE', arity: [0, 0], apply: () => true },
  { name: 'FALSE', arity: [0, 0], apply: () => false },
  { name: 'BLANK', arity: [0, 0], apply: () => null },
  {
    name: 'ERROR',
    arity: [0, 1],
    apply() {
      throw new FormulaValueError('ERROR()');
    },
  },
  {
    name: 'ISERROR',
    arity: [1, 1],
    applyLazily([argument]) {
      let value: Value;
      try {
        value = argument?.() ?? null;
      } catch (error) {
        if (error instanceof FormulaValueError) return true;
        throw error;
      }
      return typeof value === 'number' && !Number.isFinite(value);
    },
  },
];
