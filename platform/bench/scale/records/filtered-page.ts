import type { Goal } from '../goal.ts';
import { assertSame } from '../measure/assert-same.ts';
import type { Outcome } from '../suite.ts';
import type { FieldIds } from './fields.ts';
import type { FilledTable, RecordsRow } from './filled-table.ts';
import { measurePage, measureRecordsSql } from './lists.ts';

/** A condition for the service and in SQL. */
export interface Condition {
  formula: string;
  where(fields: FieldIds): string;
}

/** The first page of a filtered list. */
export function filteredPage(options: {
  id: string;
  title: string;
  /** What is measured: it matches no record. */
  measured: Condition;
  /** The same with a constant that matches records, for comparing the sides. */
  matching: Condition;
  goals: readonly Goal[];
}): RecordsRow {
  const { id, title, measured, matching, goals } = options;
  return {
    id,
    title,
    floorTitle: 'where, limit 100',
    unit: 'ms',
    goals,
    prepare: async () => undefined,
    measure: (table) => filtered(table, measured),
    floor: (table) => filteredSql(table, measured),
    async verify(table) {
      const { result } = await filtered(table, matching);
      assertSame(result, (await filteredSql(table, matching)).result);
      if ((result as unknown[]).length === 0) throw new Error(`no record matches ${matching.formula}`);
    },
  };
}

function filtered(table: FilledTable, { formula }: Condition): Promise<Outcome> {
  return measurePage(table, { filterByFormula: formula });
}

function filteredSql(table: FilledTable, { where }: Condition): Promise<Outcome> {
  return measureRecordsSql(
    table,
    `select id, number, cells from airtable.records
     where table_id = $1 and ${where(table.fields)} order by number limit 100`,
    [table.tableId],
  );
}
