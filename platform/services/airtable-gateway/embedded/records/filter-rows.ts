import { setImmediate as nextTurn } from 'node:timers/promises';
import { invalidFormula } from '../../airtable-problem.ts';
import type { CompiledFormula } from '../../formula/compile-formula.ts';
import { FormulaLimitError } from '../../formula/formula-error.ts';
import { fieldById, fieldNamed, type StoredTable } from '../schema/stored-base.ts';
import { type Clause, prefilterOf } from './prefilter.ts';
import type { RecordRow } from './record-row.ts';
import type { ValueLoader } from './value-sources.ts';

/** Evaluation time after which other requests get a turn, milliseconds. */
const sliceMs = 10;
/** Maximum evaluation time per request, milliseconds. */
const evaluationLimitMs = 5_000;
const maxClauses = 20;

export interface RowFilter {
  /** Necessary conditions that the database can evaluate. */
  readonly clauses: readonly Clause[];
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
    // The protocol limits the number of parameters.
    clauses: prefilterOf(formula.expression, (name) => fieldNamed(table, name)).slice(0, maxClauses),
    async keep(rows) {
      const values = await loader.load(rows, fields);
      const kept: RecordRow[] = [];
      let started = performance.now();
      for (const row of rows) {
        if (matches(() => formula.matches(values.view(row), now))) kept.push(row);
        const elapsed = performance.now() - started;
        if (elapsed > sliceMs) {
          spentMs += elapsed;
          if (spentMs > evaluationLimitMs) throw invalidFormula('it takes too long on this table');
          await nextTurn();
          signal.throwIfAborted();
          started = performance.now();
        }
      }
      spentMs += performance.now() - started;
      return kept;
    },
  };
}

function matches(evaluate: () => boolean): boolean {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof FormulaLimitError) throw invalidFormula(error.message);
    throw error;
  }
}
