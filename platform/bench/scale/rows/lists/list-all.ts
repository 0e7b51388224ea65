import type { RecordsRow } from '../../records/filled-table.ts';
import { measureAllPages, measureAllPagesSql, measurePage } from '../../records/lists.ts';

export const listAll: RecordsRow = {
  id: 'list-all',
  title: 'Unsorted, all pages',
  floorTitle: 'as many pages by number',
  unit: 'ms',
  goals: [{ kind: 'of-floor', times: 4 }],
  prepare: async () => undefined,
  measure: (table) => measureAllPages(table, {}),
  warm: (table) => measurePage(table, {}),
  floor: measureAllPagesSql,
};
