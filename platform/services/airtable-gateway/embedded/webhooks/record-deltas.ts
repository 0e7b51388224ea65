import type { Transaction } from '../../../../kit/postgres/database.ts';
import { AirtableProblem } from '../../airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { isComputed } from '../../fields/field-kinds.ts';
import { loadRows, type RecordRow } from '../records/record-row.ts';
import { ValueLoader } from '../records/value-sources.ts';
import { type StoredBase, type StoredTable, tableById } from '../schema/stored-base.ts';
import type { RecordsBefore } from './change-set.ts';

/** Values in the API's format by field id, without empty cells. */
export type ShownCells = ReadonlyMap<string, unknown>;

/** A record before and after a transaction. */
export interface RecordDelta {
  id: string;
  /** ISO 8601, UTC. */
  createdTime: string;
  /** Undefined for a new record. */
  before: ShownCells | undefined;
  /** Undefined for a deleted record. */
  after: ShownCells | undefined;
}

/** Number of records whose values are in memory at once. */
const chunkSize = 100;

export interface DeltaSources {
  query: Transaction['query'];
  base: StoredBase;
  /** The current time in formulas, before and after; milliseconds since the epoch. */
  now: number;
}

/** Reads the changes of records by table and in chunks. Computed values are included. */
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
    for (let start = 0; start < entries.length; start += chunkSize) {
      const some = entries.slice(start, start + chunkSize);
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

/** A webhook must never make a write fail: values that need too many linked records are left out. */
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
