import { storableText } from '../../../../kit/postgres/storable-text.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { CompiledFormula } from '../../formula/compile-formula.ts';
import { type BinaryExpression, type Expression, leftSpine } from '../../formula/expression.ts';
import { FormulaLimitError, FormulaValueError } from '../../formula/formula-error.ts';
import { isDate, isList, toText, type Value } from '../../formula/value.ts';
import { type TextSql, textSql } from './cell-sql.ts';
import { constantCondition, type Evaluate, recordOf, tabulated } from './choice-condition.ts';
import { allOf, anyOf, type Condition, opposite, test } from './condition.ts';
import { contains, equalsText } from './text-condition.ts';
import { type Comparison, compareField, compareWithTime, isTrueField, mirrored } from './value-condition.ts';

export interface TranslateOptions {
  formula: CompiledFormula;
  fieldNamed(nameOrId: string): StoredField | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * The condition of PostgreSQL that a formula implies, so that most records need not be read: comparisons of fields with
 * constants, searches in texts, and whatever depends on one select field or checkbox, joined by AND, OR and NOT.
 * Undefined for a formula of which PostgreSQL can tell nothing.
 */
export function translateFormula(options: TranslateOptions): Condition | undefined {
  return new Translator(options).condition(options.formula.expression);
}

/** Functions whose value depends on the record without naming a field, or on the times of its changes. */
const recordFunctions: readonly string[] = ['RECORD_ID', 'CREATED_TIME', 'LAST_MODIFIED_TIME'];
const comparisons: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];

type Call = Extract<Expression, { kind: 'call' }>;

/** What an expression reads. */
interface Reads {
  fields: ReadonlySet<StoredField | undefined>;
  /** Whether it reads something of the record besides its fields. */
  readsRecord: boolean;
}

class Translator {
  readonly #options: TranslateOptions;
  readonly #reads = new Map<Expression, Reads>();

  constructor(options: TranslateOptions) {
    this.#options = options;
  }

  condition(expression: Expression): Condition | undefined {
    const { fields, readsRecord } = this.#readsOf(expression);
    if (!readsRecord && fields.size === 0) return constantCondition(this.#evaluating(expression));
    const [only] = fields;
    const table =
      !readsRecord && fields.size === 1 && only !== undefined
        ? tabulated(only, this.#evaluating(expression))
        : undefined;
    return table ?? this.#composed(expression);
  }

  #composed(expression: Expression): Condition | undefined {
    switch (expression.kind) {
      case 'field': {
        const field = this.#field(expression);
        return field && isTrueField(field);
      }
      case 'binary':
        return this.#compared(expression);
      case 'call':
        return this.#called(expression);
      default:
        return undefined;
    }
  }

  #called(call: Call): Condition | undefined {
    const { args } = call;
    switch (call.name) {
      case 'AND':
        return allOf(args.map((argument) => this.condition(argument)));
      case 'OR':
        return anyOf(args.map((argument) => this.condition(argument)));
      case 'NOT':
        return args[0] && opposite(this.condition(args[0]));
      case 'FIND':
      case 'SEARCH':
        return this.#found(call);
      case 'IS_BEFORE':
        return this.#moment(call, '<');
      case 'IS_AFTER':
        return this.#moment(call, '>');
      case 'IS_SAME':
        return args.length === 2 ? this.#moment(call, '=') : undefined;
      default:
        return undefined;
    }
  }

  #compared({ operator, left, right }: BinaryExpression): Condition | undefined {
    if (!comparisons.includes(operator)) return undefined;
    const comparison = operator as Comparison;
    return this.#comparison(left, comparison, right) ?? this.#comparison(right, mirrored(comparison), left);
  }

  #comparison(subject: Expression, operator: Comparison, other: Expression): Condition | undefined {
    const value = this.#constant(other);
    if (value === undefined) return undefined;
    if (subject.kind === 'field') {
      const field = this.#field(subject);
      return field && compareField(field, operator, value);
    }
    if (subject.kind === 'call' && (subject.name === 'FIND' || subject.name === 'SEARCH'))
      return this.#comparedPlace(subject, operator, value);
    if (subject.kind === 'call' && subject.name === 'RECORD_ID') return this.#comparedId(operator, value);
    if (operator !== '=' && operator !== '!=') return undefined;
    const text = this.#text(subject);
    if (text === undefined || !text.isText || typeof value !== 'string') return undefined;
    const equal = equalsText(text, value);
    return operator === '=' ? equal : opposite(equal);
  }

  /** Places are counted from 1. FIND returns 0 and SEARCH a blank where the text is not found, which both count as 0. */
  #comparedPlace(call: Call, operator: Comparison, value: Value): Condition | undefined {
    const found = this.#found(call);
    if (typeof value !== 'number') return undefined;
    const isFound = (operator === '>' && value === 0) || (operator === '>=' && value === 1);
    if (isFound || (operator === '!=' && value === 0)) return found;
    const isMissing = (operator === '=' && value === 0) || (operator === '<' && value === 1);
    return isMissing ? opposite(found) : undefined;
  }

  #comparedId(operator: Comparison, value: Value): Condition | undefined {
    if (typeof value !== 'string' || storableText(value) !== value || value === '') return undefined;
    const isId = test((parameters) => `r.id = ${parameters.add(value, 'text')}`);
    if (operator === '=') return isId;
    return operator === '!=' ? opposite(isId) : undefined;
  }

  #found({ args }: Call): Condition | undefined {
    const [wanted, where] = args;
    if (wanted === undefined || where === undefined || args.length !== 2) return undefined;
    const value = this.#constant(wanted);
    const text = value === undefined ? undefined : this.#text(where);
    return text && contains(text, toText(value as Value));
  }

  /** A comparison of times. It has an error for blanks. */
  #moment({ args }: Call, operator: '<' | '>' | '='): Condition | undefined {
    const [subject, other] = args;
    const field = subject?.kind === 'field' ? this.#field(subject) : undefined;
    if (other === undefined || (field?.type !== 'date' && field?.type !== 'dateTime')) return undefined;
    // Converts texts as the functions do.
    const { at } = other;
    const value = this.#constant({
      kind: 'call',
      name: 'DATEADD',
      args: [other, { kind: 'number', value: 0, at }, { kind: 'text', value: 'days', at }],
      at,
    });
    const condition =
      value !== undefined && isDate(value) && compareWithTime(field, operator, { time: value.time, value });
    return condition ? { ...condition, isExact: false } : undefined;
  }

  /** Texts that are read from fields, joined and converted; undefined for anything else. */
  #text(expression: Expression): TextSql | undefined {
    const value = this.#constant(expression);
    if (value !== undefined) {
      const text = isList(value) ? undefined : toText(value);
      if (text === undefined || storableText(text) !== text) return undefined;
      return {
        sql: (parameters) => parameters.add(text, 'text'),
        isText: typeof value === 'string',
        mayBeUnknown: false,
      };
    }
    if (expression.kind === 'field') {
      const field = this.#field(expression);
      return field && textSql(field);
    }
    if (expression.kind === 'binary') {
      const { first, steps } = leftSpine(expression);
      if (!steps.every(({ operator }) => operator === '&')) return undefined;
      return this.#joined([first, ...steps.map(({ right }) => right)]);
    }
    if (expression.kind !== 'call') return undefined;
    if (expression.name === 'CONCATENATE') return this.#joined(expression.args);
    if (expression.name !== 'LOWER' && expression.name !== 'UPPER') return undefined;
    const inner = expression.args[0] && this.#text(expression.args[0]);
    if (inner === undefined || inner.case !== undefined) return undefined;
    return { ...inner, isText: true, case: expression.name === 'LOWER' ? 'lower' : 'upper' };
  }

  #joined(parts: readonly Expression[]): TextSql | undefined {
    const texts = parts.map((part) => this.#text(part));
    if (!texts.every((text) => text !== undefined && text.case === undefined)) return undefined;
    const known = texts.filter((text) => text !== undefined);
    return {
      sql: (parameters) => known.map(({ sql }) => `(${sql(parameters)})`).join(' || '),
      isText: true,
      mayBeUnknown: known.some(({ mayBeUnknown }) => mayBeUnknown),
    };
  }

  /** The value of an expression that is the same for all records; undefined for others and for errors. */
  #constant(expression: Expression): Value | undefined {
    const { fields, readsRecord } = this.#readsOf(expression);
    if (readsRecord || fields.size > 0) return undefined;
    try {
      return this.#evaluating(expression)(() => null);
    } catch (error) {
      if (error instanceof FormulaValueError || error instanceof FormulaLimitError) return undefined;
      throw error;
    }
  }

  #evaluating(expression: Expression): Evaluate {
    const { formula, now } = this.#options;
    let part: ReturnType<CompiledFormula['part']> | undefined;
    return (value) => {
      part ??= formula.part(expression);
      return part(recordOf(value), now);
    };
  }

  #field({ name }: Extract<Expression, { kind: 'field' }>): StoredField | undefined {
    return this.#options.fieldNamed(name);
  }

  /** Each part of the formula is looked at once. */
  #readsOf(expression: Expression): Reads {
    const known = this.#reads.get(expression);
    if (known !== undefined) return known;
    const fields = new Set<StoredField | undefined>();
    let readsRecord = false;
    const add = (part: Expression) => {
      const reads = this.#readsOf(part);
      for (const field of reads.fields) fields.add(field);
      readsRecord ||= reads.readsRecord;
    };
    if (expression.kind === 'field') fields.add(this.#field(expression));
    else if (expression.kind === 'negation') add(expression.operand);
    else if (expression.kind === 'call') {
      readsRecord = recordFunctions.includes(expression.name);
      for (const argument of expression.args) add(argument);
    } else if (expression.kind === 'binary') {
      const { first, steps } = leftSpine(expression);
      add(first);
      for (const { right } of steps) add(right);
    }
    const reads = { fields, readsRecord };
    this.#reads.set(expression, reads);
    return reads;
  }
}
