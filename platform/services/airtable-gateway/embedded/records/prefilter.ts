import { storableText } from '../../../../kit/postgres/storable-text.ts';
import { choicesOf } from '../../fields/choice-kinds.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { Expression } from '../../formula/expression.ts';

/** A record can match only if it has, for every clause, one of these ids or one of these cells. */
export interface Clause {
  ids: readonly string[];
  /** Cells by field id. */
  cells: readonly Readonly<Record<string, string | number>>[];
}

/** Maximum number of alternatives in a clause: the database compares every row with each of them. */
const maxAlternatives = 1_000;

/** Types whose stored value equals the value in formulas. */
const textTypes: readonly string[] = [
  'singleLineText',
  'multilineText',
  'richText',
  'email',
  'url',
  'phoneNumber',
];
const numberTypes: readonly string[] = ['number', 'currency', 'percent', 'duration', 'rating'];

/**
 * Clauses that PostgreSQL can evaluate before the formula: equality of a stored cell or of the record's id with a
 * constant, joined by AND and OR. Each clause is true wherever the formula is true, so the formula gives the same
 * records on the remaining rows.
 */
export function prefilterOf(
  formula: Expression,
  fieldNamed: (nameOrId: string) => StoredField | undefined,
): Clause[] {
  if (formula.kind === 'call' && formula.name === 'AND')
    return formula.args.flatMap((argument) => prefilterOf(argument, fieldNamed));
  const clause = clauseOf(formula, fieldNamed);
  return clause === undefined ? [] : [clause];
}

function clauseOf(
  expression: Expression,
  fieldNamed: (nameOrId: string) => StoredField | undefined,
): Clause | undefined {
  if (expression.kind === 'call' && expression.name === 'OR') {
    const alternatives = expression.args.map((argument) => clauseOf(argument, fieldNamed));
    if (!alternatives.every((clause) => clause !== undefined)) return undefined;
    if (alternatives.length > maxAlternatives) return undefined;
    return {
      ids: alternatives.flatMap(({ ids }) => ids),
      cells: alternatives.flatMap(({ cells }) => cells),
    };
  }
  if (expression.kind !== 'binary' || expression.operator !== '=') return undefined;
  const { left, right } = expression;
  return equality(left, right, fieldNamed) ?? equality(right, left, fieldNamed);
}

function equality(
  subject: Expression,
  constant: Expression,
  fieldNamed: (nameOrId: string) => StoredField | undefined,
): Clause | undefined {
  // In formulas a blank equals the empty text and 0, but blanks are not stored.
  if (
    (constant.kind !== 'text' && constant.kind !== 'number') ||
    constant.value === '' ||
    constant.value === 0
  )
    return undefined;
  const { value } = constant;
  if (typeof value === 'string' && storableText(value) !== value) return undefined;
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  if (subject.kind === 'call' && subject.name === 'RECORD_ID')
    return typeof value === 'string' ? { ids: [value], cells: [] } : undefined;
  const field = subject.kind === 'field' ? fieldNamed(subject.name) : undefined;
  if (field === undefined) return undefined;
  const isText = typeof value === 'string' && textTypes.includes(field.type);
  const isNumber = typeof value === 'number' && numberTypes.includes(field.type);
  if (isText || isNumber) return { ids: [], cells: [{ [field.id]: value }] };
  if (field.type !== 'singleSelect' || typeof value !== 'string') return undefined;
  const choice = choicesOf(field.options).find(({ name }) => name === value);
  return { ids: [], cells: choice === undefined ? [] : [{ [field.id]: choice.id }] };
}
