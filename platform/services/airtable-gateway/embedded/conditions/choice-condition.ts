import { choicesOf } from '../../fields/choice-kinds.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { FormulaRecord } from '../../formula/evaluation.ts';
import { FormulaLimitError, FormulaValueError } from '../../formula/formula-error.ts';
import { isTruthy, type Value } from '../../formula/value.ts';
import { cellText, hasCell } from './cell-sql.ts';
import { type Condition, constant, type Equality, test } from './condition.ts';

/** Maximum number of choices for which a formula is evaluated. */
const maxChoices = 500;

/** Evaluates an expression. @throws FormulaValueError, FormulaLimitError */
export type Evaluate = (value: (fieldId: string) => Value) => Value;

/** What an expression says of one value of a field; undefined when it has an error there. @throws FormulaLimitError */
function outcome(evaluate: Evaluate, value: Value): boolean | undefined {
  try {
    return isTruthy(evaluate(() => value));
  } catch (error) {
    if (error instanceof FormulaValueError) return undefined;
    throw error;
  }
}

/** Undefined where the expression exceeds a limit: then it must be evaluated for the records, to say so. */
function unlessTooMuch(condition: () => Condition | undefined): Condition | undefined {
  try {
    return condition();
  } catch (error) {
    if (error instanceof FormulaLimitError) return undefined;
    throw error;
  }
}

/** The condition of an expression that reads nothing from the record. */
export function constantCondition(evaluate: Evaluate): Condition | undefined {
  return unlessTooMuch(() => {
    const always = outcome(evaluate, null);
    return constant(always === true, { isExact: always !== undefined });
  });
}

/**
 * The condition of an expression that reads only this field, found by evaluating it for each of the field's values;
 * undefined for fields with too many values.
 */
export function tabulated(field: StoredField, evaluate: Evaluate): Condition | undefined {
  return unlessTooMuch(() => table(field, evaluate));
}

function table(field: StoredField, evaluate: Evaluate): Condition | undefined {
  if (field.type === 'checkbox') {
    const checked = outcome(evaluate, true);
    const blank = outcome(evaluate, null);
    const isExact = checked !== undefined && blank !== undefined;
    if ((checked === true) === (blank === true)) return constant(checked === true, { isExact });
    const isChecked = { ...test(() => hasCell(field)), isExact };
    return checked ? isChecked : { ...isChecked, sql: (parameters) => `not ${isChecked.sql(parameters)}` };
  }
  const choices = field.type === 'singleSelect' ? choicesOf(field.options) : [];
  if (field.type !== 'singleSelect' || choices.length > maxChoices) return undefined;
  const outcomes = choices.map(({ name }) => outcome(evaluate, name));
  const blank = outcome(evaluate, null);
  const isExact = blank !== undefined && !outcomes.includes(undefined);
  const ids = choices.filter((_choice, index) => outcomes[index]).map(({ id }) => id);
  const equality: Equality | undefined = blank
    ? undefined
    : { fieldId: field.id, keys: [...outcomes.entries()].filter(([, kept]) => kept).map(([rank]) => rank) };
  return test(
    (
      parameters,
    ) => `case when ${hasCell(field)} then ${cellText(field)} = any(${parameters.add(ids, 'text[]')})
      else ${blank === true} end`,
    { isExact, equality },
  );
}

/** Only what a record's fields decide: for the evaluation of parts of formulas. */
export function recordOf(value: FormulaRecord['value']): FormulaRecord {
  return { id: '', createdTime: 0, value, modifiedTime: () => null };
}
