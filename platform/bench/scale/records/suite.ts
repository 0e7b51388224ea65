import { filterAnd } from '../rows/filters/filter-and.ts';
import { filterDate } from '../rows/filters/filter-date.ts';
import { filterNumber } from '../rows/filters/filter-number.ts';
import { filterSearch } from '../rows/filters/filter-search.ts';
import { filterText } from '../rows/filters/filter-text.ts';
import { mcpSearch } from '../rows/filters/mcp-search.ts';
import { formulaFirst } from '../rows/lists/formula-first.ts';
import { formulaSecond } from '../rows/lists/formula-second.ts';
import { listAll } from '../rows/lists/list-all.ts';
import { numberFirst } from '../rows/lists/number-first.ts';
import { sortedAll } from '../rows/lists/sorted-all.ts';
import { sortedFirst } from '../rows/lists/sorted-first.ts';
import { sortedMiddle } from '../rows/lists/sorted-middle.ts';
import { twoFieldsFirst } from '../rows/lists/two-fields-first.ts';
import { twoFieldsSecond } from '../rows/lists/two-fields-second.ts';
import { sortMemory } from '../rows/process/sort-memory.ts';
import { stallFormula } from '../rows/process/stall-formula.ts';
import { stallText } from '../rows/process/stall-text.ts';
import { getRecord } from '../rows/single/get-record.ts';
import { getRecordWide } from '../rows/single/get-record-wide.ts';
import { createRecords } from '../rows/writes/create-records.ts';
import { updateRecords } from '../rows/writes/update-records.ts';
import { upsertRecords } from '../rows/writes/upsert-records.ts';
import type { Suite } from '../suite.ts';
import type { FilledTable } from './filled-table.ts';
import { openRecords } from './open-records.ts';

/** Operations on the records of one table. The first page of a list is measured before its other pages. */
export const records: Suite<FilledTable> = {
  id: 'records',
  title: 'Record operations over the size of the table',
  sizeUnit: 'records',
  defaultSizes: [1_000, 10_000, 100_000],
  rows: [
    listAll,
    sortedFirst,
    sortedMiddle,
    sortedAll,
    numberFirst,
    twoFieldsFirst,
    twoFieldsSecond,
    formulaFirst,
    formulaSecond,
    filterText,
    filterNumber,
    filterDate,
    filterSearch,
    filterAnd,
    mcpSearch,
    getRecord,
    getRecordWide,
    createRecords,
    updateRecords,
    upsertRecords,
    stallText,
    stallFormula,
    sortMemory,
  ],
  open: openRecords,
};
