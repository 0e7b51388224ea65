import { equalValues, orderValues } from './compare-values.ts';
import { Evaluation, type FormulaLibraries, type FormulaRecord } from './evaluation.ts';
import { type BinaryExpression, type Expression, leftSpine, type Operator } from './expression.ts';
import { FormulaSyntaxError, FormulaValueError } from './formula-error.ts';
import type { FunctionDefinition, Thunk } from './functions/function-definition.ts';
import { functions } from './functions/index.ts';
import { type FormulaLimits, formulaLimits } from './limits.ts';
import { type LibraryNeed, loadLibraries } from './load-libraries.ts';
import { parseFormula } from './parse-formula.ts';
import { isDate, isTruthy, toNumber, toText, type Value } from './value.ts';

export interface CompileOptions {
  /** The id of the field with this name or id; undefined when the table has no such field. */
  fieldId(nameOrId: string): string | undefined;
  limits?: FormulaLimits;
}

/** A formula bound to a table's fields. It keeps no state between records. */
export interface CompiledFormula {
  readonly expression: Expression;
  /** Ids of the fields it reads. */
  readonly fieldIds: ReadonlySet<string>;
  /**
   * The formula's value for one record. `now` is in milliseconds since the epoch.
   * @throws FormulaValueError when the value is an error; FormulaLimitError when a limit is exceeded
   */
  evaluate(record: FormulaRecord, now: number): Value;
  /** Whether a record matches the formula as a filter. An error does not match. */
  matches(record: FormulaRecord, now: number): boolean;
  /**
   * The value of a part of the formula, or of an expression that has only functions of the formula's libraries. Like
   * `evaluate`.
   */
  part(expression: Expression): (record: FormulaRecord, now: number) => Value;
}

type Step = (evaluation: Evaluation) => Value;

/**
 * Parses a formula, resolves its fields and functions, and loads the libraries it needs.
 * @throws FormulaSyntaxError with the position of invalid syntax, an unknown field or function, or a wrong number of
 * arguments
 */
export async function compileFormula(source: string, options: CompileOptions): Promise<CompiledFormula> {
  const limits = options.limits ?? formulaLimits;
  const expression = parseFormula(source, limits);
  const builder = new StepBuilder(options.fieldId);
  const step = builder.build(expression);
  const libraries: FormulaLibraries = await loadLibraries(builder.needs);

  const evaluating = (run: Step) => (record: FormulaRecord, now: number) =>
    run(new Evaluation({ record, now, libraries, limits }));
  const evaluate = evaluating(step);
  return {
    expression,
    part: (part) => evaluating(builder.build(part)),
    fieldIds: builder.fieldIds,
    evaluate,
    matches(record, now) {
      try {
        return isTruthy(evaluate(record, now));
      } catch (error) {
        if (error instanceof FormulaValueError) return false;
        throw error;
      }
    },
  };
}

/** Compiles expressions to closures, so that names are resolved once and not for every record. */
class StepBuilder {
  readonly fieldIds = new Set<string>();
  readonly needs = new Set<LibraryNeed>();
  readonly #fieldId: CompileOptions['fieldId'];

  constructor(fieldId: CompileOptions['fieldId']) {
    this.#fieldId = fieldId;
  }

  build(expression: Expression): Step {
    switch (expression.kind) {
      case 'number':
      case 'text': {
        const { value } = expression;
        return () => value;
      }
      case 'field': {
        const id = this.#resolve(expression);
        return (evaluation) => {
          evaluation.spend(1);
          return evaluation.record.value(id);
        };
      }
      case 'negation': {
        const operand = this.build(expression.operand);
        return (evaluation) => -toNumber(operand(evaluation));
      }
      case 'binary':
        return this.#chain(expression);
      case 'call':
        return this.#call(expression);
    }
  }

  #resolve(field: Extract<Expression, { kind: 'field' }>): string {
    const id = this.#fieldId(field.name);
    if (id === undefined)
      throw new FormulaSyntaxError(`Unknown field names: ${field.name.slice(0, 200)}`, field.at);
    this.fieldIds.add(id);
    return id;
  }

  #chain(expression: BinaryExpression): Step {
    const { first, steps } = leftSpine(expression);
    const start = this.build(first);
    const rest = steps.map(({ operator, right }) => ({
      apply: operators[operator],
      right: this.build(right),
    }));
    return (evaluation) => {
      let value = start(evaluation);
      for (const { apply, right } of rest) {
        evaluation.spend(1);
        value = apply(value, right(evaluation), evaluation);
      }
      return value;
    };
  }

  #call(call: Extract<Expression, { kind: 'call' }>): Step {
    const definition = functions.get(call.name);
    if (definition === undefined)
      throw new FormulaSyntaxError(`Unknown function ${call.name.slice(0, 200)}`, call.at);
    const [minimum, maximum] = definition.arity;
    if (call.args.length < minimum || call.args.length > maximum)
      throw new FormulaSyntaxError(`Wrong number of arguments for ${call.name}`, call.at);
    if (definition.needs !== undefined) this.needs.add(definition.needs);
    return this.#apply(definition, call);
  }

  #apply(definition: FunctionDefinition, call: Extract<Expression, { kind: 'call' }>): Step {
    if ('applyToFields' in definition) {
      const ids = call.args.map((argument) => {
        const reason = definition.rejectArgument(argument);
        if (reason !== undefined) throw new FormulaSyntaxError(reason, argument.at);
        return this.#resolve(argument as Extract<Expression, { kind: 'field' }>);
      });
      return (evaluation) => definition.applyToFields(ids, evaluation);
    }
    const args = call.args.map((argument) => this.build(argument));
    if ('applyLazily' in definition)
      return (evaluation) => {
        evaluation.spend(1);
        const thunks = args.map(
          (argument): Thunk =>
            () =>
              argument(evaluation),
        );
        return definition.applyLazily(thunks, evaluation);
      };
    return (evaluation) => {
      evaluation.spend(1);
      return definition.apply(
        args.map((argument) => argument(evaluation)),
        evaluation,
      );
    };
  }
}

type Apply = (left: Value, right: Value, evaluation: Evaluation) => Value;

function arithmetic(apply: (left: number, right: number) => number): Apply {
  return (left, right) => apply(toNumber(left), toNumber(right));
}

const operators: Readonly<Record<Operator, Apply>> = {
  '=': equalValues,
  '!=': (left, right) => !equalValues(left, right),
  '<': (left, right) => orderValues(left, right) < 0,
  '<=': (left, right) => orderValues(left, right) <= 0,
  '>': (left, right) => orderValues(left, right) > 0,
  '>=': (left, right) => orderValues(left, right) >= 0,
  '&': (left, right, evaluation) => {
    const [first, second] = [toText(left), toText(right)];
    evaluation.allowText(first.length + second.length);
    return first + second;
  },
  '+': arithmetic((left, right) => left + right),
  '-': (left, right) =>
    // As in Airtable, the difference of two dates is a number of days.
    isDate(left) && isDate(right) ? (left.time - right.time) / 86_400_000 : toNumber(left) - toNumber(right),
  '*': arithmetic((left, right) => left * right),
  '/': arithmetic((left, right) => left / right),
};
