import { setImmediate as nextTurn } from 'node:timers/promises';
import { invalidFormula } from '../../api/airtable-problem.ts';
import type { CompiledFormula } from '../../formula/compile-formula.ts';
import { FormulaLimitError } from '../../formula/formula-error.ts';
import { fieldById, fieldNamed, type StoredTable } from '../schema/base-schema.ts';
import { type Clause, prefilterOf } from './prefilter.ts';
import type { RecordRow } from './record-row.ts';
import type { ValueLoader } from './value-sources.ts';

/** Longest stretch of evaluation before other requests get their turn, milliseconds. */
const stretchMs = 10;
/** Most evaluation for one request, milliseconds. */
const evaluationLimitMs = 5_000;
const mostClauses = 20;

export interface RowFilter {
  /** What the database can tell beforehand about rows that match. */
  readonly clauses: readonly Clause[];
  /** Rows that the formula keeps. @throws AirtableProblem when the formula takes too long or makes too much */
  keep(rows: readonly RecordRow[]): Promise<RecordRow[]>;
}

/** Applies a formula to rows of a table, in slices so that a slow formula does not stop the process. */
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
    // More clauses than the protocol has parameters for are no help.
    clauses: prefilterOf(formula.expression, (name) => fieldNamed(table, name)).slice(0, mostClauses),
    async keep(rows) {
      const values = await loader.load(rows, fields);
      const kept: RecordRow[] = [];
      let started = performance.now();
      for (const row of rows) {
        if (matches(() => formula.matches(values.view(row), now))) kept.push(row);
        const elapsed = performance.now() - started;
        if (elapsed > stretchMs) {
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
