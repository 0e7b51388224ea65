import type { RecordsRow } from '../../records/filled-table.ts';
import { measureAllPages, measureAllPagesSql, measurePage } from '../../records/lists.ts';
import { byName, selectionOf } from '../../records/sorted-page.ts';

const selection = selectionOf([byName]);

export const sortedAll: RecordsRow = {
  id: 'sorted-all',
  title: 'Sorted by a text field, all pages',
  floorTitle: 'as many pages by number',
  unit: 'ms',
  goals: [{ kind: 'of-row', row: 'list-all', times: 2 }],
  prepare: async () => undefined,
  measure: (table) => measureAllPages(table, selection),
  warm: (table) => measurePage(table, selection),
  floor: measureAllPagesSql,
};
