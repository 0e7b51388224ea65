import { invalidFormula } from '../../airtable-problem.ts';
import type { CompiledFormula } from '../../formula/compile-formula.ts';
import { FormulaLimitError } from '../../formula/formula-error.ts';
import { type Condition, Parameters } from '../conditions/condition.ts';
import { translateFormula } from '../conditions/translate-formula.ts';
import { fieldById, fieldNamed, type StoredTable } from '../schema/stored-base.ts';
import { createTimeSlices } from '../time-slices.ts';
import type { RecordRow } from './record-row.ts';
import type { ValueLoader } from './value-sources.ts';

/** Maximum evaluation time per request, milliseconds. */
const evaluationLimitMs = 5_000;
/** Maximum number of values in a condition: the protocol limits those of a statement. */
const maxParameters = 5_000;

export interface RowFilter {
  /** A condition for the database that all rows which match satisfy; undefined when there is none. */
  readonly condition: Condition | undefined;
  /** The rows that match. @throws AirtableProblem when the formula takes too long or its values become too large */
  keep(rows: readonly RecordRow[]): Promise<RecordRow[]>;
}

/** Applies a formula to rows of a table, in time slices, so that a slow formula does not block the process. */
export function createRowFilter(options: {
  formula: CompiledFormula;
  table: StoredTable;
  loader: ValueLoader;
  now: number;
  signal: AbortSignal;
}): RowFilter {
  const { formula, table, loader, now, signal } = options;
  const fields = [...formula.fieldIds].flatMap((id) => fieldById(table, id) ?? []);
  let spentMs = 0;

  return {
    condition: short(translateFormula({ formula, now, fieldNamed: (name) => fieldNamed(table, name) })),
    async keep(rows) {
      const values = await loader.load(rows, fields);
      const kept: RecordRow[] = [];
      const slices = createTimeSlices(signal);
      for (const row of rows) {
        if (matches(() => formula.matches(values.view(row), now))) kept.push(row);
        if (!slices.isOver()) continue;
        if (spentMs + slices.spentMs() > evaluationLimitMs)
          throw invalidFormula('it takes too long on this table');
        await slices.pause();
      }
      spentMs += slices.spentMs();
      return kept;
    },
  };
}

function short(condition: Condition | undefined): Condition | undefined {
  if (condition === undefined) return undefined;
  const parameters = new Parameters([]);
  condition.sql(parameters);
  return parameters.values.length > maxParameters ? undefined : condition;
}

function matches(evaluate: () => boolean): boolean {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof FormulaLimitError) throw invalidFormula(error.message);
    throw error;
  }
}
