import type { Transaction } from '../../../../kit/postgres/database.ts';
import { AirtableProblem } from '../../api/airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { isComputed } from '../../fields/field-kinds.ts';
import { loadRows, type RecordRow } from '../records/record-row.ts';
import { ValueLoader } from '../records/value-sources.ts';
import { type StoredBase, type StoredTable, tableById } from '../schema/base-schema.ts';
import type { RecordsBefore } from './change-set.ts';

/** Values as the API shows them, by field id; empty cells are absent. */
export type ShownCells = ReadonlyMap<string, unknown>;

/** A record before and after a transaction. */
export interface RecordDelta {
  id: string;
  /** ISO 8601, UTC. */
  createdTime: string;
  /** Undefined for a record that is new. */
  before: ShownCells | undefined;
  /** Undefined for a record that is gone. */
  after: ShownCells | undefined;
}

/** Records whose values are held at a time. */
const chunk = 100;

export interface DeltaSources {
  query: Transaction['query'];
  base: StoredBase;
  /** Milliseconds since the epoch; what formulas take for the present, before and after. */
  now: number;
}

/** Reads what became of records, by tables and in portions. Computed values are compared like all others. */
export async function* readDeltas(
  { query, base, now }: DeltaSources,
  records: ReadonlyMap<string, RecordsBefore>,
): AsyncGenerator<{ table: StoredTable; deltas: RecordDelta[] }> {
  const known = new Map<string, RecordRow>();
  for (const ofTable of records.values())
    for (const [id, row] of ofTable) if (row !== null) known.set(id, row);
  const past = new ValueLoader(query, base, now, known);
  const present = new ValueLoader(query, base, now);
  for (const [tableId, ofTable] of records) {
    const table = tableById(base, tableId);
    if (table === undefined) continue;
    const entries = [...ofTable];
    for (let start = 0; start < entries.length; start += chunk) {
      const some = entries.slice(start, start + chunk);
      const rowsAfter = await loadRows(
        query,
        tableId,
        some.map(([id]) => id),
      );
      const before = await shownCells(
        past,
        table.fields,
        some.flatMap(([, row]) => row ?? []),
      );
      const after = await shownCells(present, table.fields, rowsAfter);
      const createdTimes = new Map(rowsAfter.map((row) => [row.id, row.created_time]));
      const deltas = some.map(([id, row]) => ({
        id,
        createdTime: createdTimes.get(id) ?? row?.created_time ?? '',
        before: before.get(id),
        after: after.get(id),
      }));
      yield { table, deltas };
    }
  }
}

async function shownCells(
  loader: ValueLoader,
  fields: readonly StoredField[],
  rows: readonly RecordRow[],
): Promise<Map<string, ShownCells>> {
  const { values, shown } = await loadValues(loader, fields, rows);
  return new Map(
    rows.map((row) => {
      const cells = shown.map((field): [string, unknown] => [field.id, values.json(row, field)]);
      return [row.id, new Map(cells.filter(([, value]) => value !== undefined))];
    }),
  );
}

/** A watcher must never make a write fail: values that need too many records are left out. */
async function loadValues(loader: ValueLoader, fields: readonly StoredField[], rows: readonly RecordRow[]) {
  const computed = fields.filter(({ type }) => isComputed(type));
  try {
    return { values: await loader.load(rows, computed), shown: fields };
  } catch (error) {
    if (!(error instanceof AirtableProblem)) throw error;
    const stored = fields.filter(({ type }) => !isComputed(type));
    return { values: await loader.load(rows, []), shown: stored };
  }
}
