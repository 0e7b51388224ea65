import type { StoredField } from '../../fields/field-kind.ts';
import { type BinaryExpression, type Expression, leftSpine } from '../../formula/expression.ts';
import { FormulaSyntaxError } from '../../formula/formula-error.ts';
import { parseFormula } from '../../formula/parse-formula.ts';
import { fieldById, linkedTable, rollupValues, type StoredBase, type StoredTable } from './stored-base.ts';

/** The type of a computed field's values, in the form of a field's type. */
export interface ResultType {
  type: string;
  options?: Readonly<Record<string, unknown>>;
}

/** Maximum number of computed fields that read each other. */
const maxDepth = 20;

const text: ResultType = { type: 'singleLineText' };
/** Numbers show all their digits: 8 is the maximum precision of the field model. */
const number: ResultType = { type: 'number', options: { precision: 8 } };
const checkbox: ResultType = { type: 'checkbox', options: { icon: 'check', color: 'greenBright' } };
const dateFormat = { name: 'iso', format: 'YYYY-MM-DD' };
const date: ResultType = { type: 'date', options: { dateFormat } };
const dateTime: ResultType = {
  type: 'dateTime',
  options: { dateFormat, timeFormat: { name: '24hour', format: 'HH:mm' }, timeZone: 'client' },
};

const numberFunctions = new Set(
  `ABS AVERAGE CEILING COUNT COUNTA COUNTALL DATETIME_DIFF DAY EVEN EXP FIND FLOOR HOUR INT LEN LOG MINUTE MOD MONTH ODD
  POWER ROUND ROUNDDOWN ROUNDUP SEARCH SECOND SQRT SUM VALUE WEEKDAY WEEKNUM WORKDAY_DIFF YEAR`.split(/\s+/),
);
const checkboxFunctions = new Set(
  'AND ARRAYCONTAINS FALSE ISERROR IS_AFTER IS_BEFORE IS_SAME NOT OR REGEX_MATCH TRUE XOR'.split(' '),
);
const dateTimeFunctions = new Set(
  'CREATED_TIME DATETIME_PARSE LAST_MODIFIED_TIME NOW SET_LOCALE SET_TIMEZONE'.split(' '),
);
/** Functions whose result has the type of their first argument. */
const sameAsFirst = new Set('ARRAYCOMPACT ARRAYFLATTEN ARRAYSLICE ARRAYUNIQUE WORKDAY'.split(' '));
const wholeDays = /^(?:d|days?|w|weeks?|M|months?|y|years?|Q|quarters?)$/;

/** The type of a field's values: for computed fields that of the result, otherwise that of the field. */
export function resultType(base: StoredBase, table: StoredTable, field: StoredField, depth = 0): ResultType {
  if (depth > maxDepth) return text;
  switch (field.type) {
    case 'formula':
      return typeOfFormula(field, (id) => {
        const read = fieldById(table, id);
        return read === undefined ? text : resultType(base, table, read, depth + 1);
      });
    case 'multipleLookupValues':
    case 'rollup': {
      const link = fieldById(table, field.options.recordLinkFieldId);
      const other = linkedTable(base, link);
      const target = fieldById(other, field.options.fieldIdInLinkedTable);
      const values =
        other === undefined || target === undefined ? text : resultType(base, other, target, depth + 1);
      if (field.type === 'multipleLookupValues') return values;
      return typeOfFormula(field, (id) => {
        if (id === rollupValues) return inFormulas(values);
        const read = fieldById(table, id);
        return read === undefined ? text : resultType(base, table, read, depth + 1);
      });
    }
    case 'autoNumber':
    case 'count':
      return { type: 'number', options: { precision: 0 } };
    case 'createdTime':
    case 'lastModifiedTime': {
      const { referencedFieldIds: _fields, ...options } = field.options;
      return { type: 'dateTime', options };
    }
    case 'lastModifiedBy':
      return { type: 'lastModifiedBy' };
    default:
      return Object.keys(field.options).length === 0
        ? { type: field.type }
        : { type: field.type, options: field.options };
  }
}

/** A formula reads texts from fields that have no value of their own kind in formulas. */
function inFormulas(type: ResultType): ResultType {
  switch (type.type) {
    case 'number':
    case 'currency':
    case 'percent':
    case 'duration':
    case 'rating':
      return number;
    case 'checkbox':
    case 'date':
    case 'dateTime':
      return type;
    default:
      return text;
  }
}

type TypeOfField = (fieldId: string) => ResultType;

function typeOfFormula(field: StoredField, typeOf: TypeOfField): ResultType {
  try {
    return typeOfExpression(parseFormula(String(field.options.formula ?? '')), (id) =>
      inFormulas(typeOf(id)),
    );
  } catch (error) {
    if (error instanceof FormulaSyntaxError) return text;
    throw error;
  }
}

function typeOfExpression(expression: Expression, typeOf: TypeOfField): ResultType {
  switch (expression.kind) {
    case 'number':
    case 'negation':
      return number;
    case 'text':
      return text;
    case 'field':
      return typeOf(expression.name);
    case 'binary':
      return typeOfOperator(expression);
    case 'call':
      return typeOfCall(expression, typeOf);
  }
}

function typeOfOperator(expression: BinaryExpression): ResultType {
  const { operator } = leftSpine(expression).steps.at(-1) ?? expression;
  if (operator === '&') return text;
  return '+-*/'.includes(operator) ? number : checkbox;
}

function typeOfCall({ name, args }: Extract<Expression, { kind: 'call' }>, typeOf: TypeOfField): ResultType {
  const of = (argument: Expression | undefined) =>
    argument === undefined ? text : typeOfExpression(argument, typeOf);
  if (numberFunctions.has(name)) return number;
  if (checkboxFunctions.has(name)) return checkbox;
  if (dateTimeFunctions.has(name)) return dateTime;
  if (sameAsFirst.has(name)) return of(args[0]);
  switch (name) {
    case 'TODAY':
      return date;
    case 'DATEADD': {
      const unit = args[2];
      const keepsTime = unit?.kind !== 'text' || !wholeDays.test(unit.value.trim());
      return of(args[0]).type === 'date' && !keepsTime ? date : dateTime;
    }
    case 'MAX':
    case 'MIN': {
      const type = unite(args.map(of));
      return type.type === 'date' || type.type === 'dateTime' ? type : number;
    }
    case 'IF':
      return unite(args.slice(1).filter(hasValue).map(of));
    case 'SWITCH': {
      const results = args.slice(1).filter((_, index, rest) => index % 2 === 1 || index === rest.length - 1);
      return unite(results.filter(hasValue).map(of));
    }
    default:
      return text;
  }
}

/** Blanks and errors are values of every type. */
function hasValue(expression: Expression): boolean {
  if (expression.kind === 'text') return expression.value !== '';
  return expression.kind !== 'call' || (expression.name !== 'BLANK' && expression.name !== 'ERROR');
}

function unite(types: readonly ResultType[]): ResultType {
  const [first = text, ...others] = types;
  if (others.every(({ type }) => type === first.type)) return first;
  return types.every(({ type }) => type === 'date' || type === 'dateTime') ? dateTime : text;
}
