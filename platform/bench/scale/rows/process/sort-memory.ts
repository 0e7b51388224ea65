import type { RecordsRow } from '../../records/filled-table.ts';
import { readPage } from '../../records/lists.ts';
import { peakMemory } from '../../records/peak-memory.ts';
import { byLabel, selectionOf } from '../../records/sorted-page.ts';

/** Number of requests at once. */
const concurrent = 16;

const selection = selectionOf([byLabel]);

export const sortMemory: RecordsRow = {
  id: 'sort-memory',
  title: `Largest memory of airtable-gateway, ${concurrent} first pages sorted by a formula field at once`,
  floorTitle: `${concurrent} unsorted first pages`,
  unit: 'MB',
  goals: [{ kind: 'of-floor', times: 1.5 }],
  prepare: async () => undefined,
  warm: (table) => readPage(table, selection),
  measure: async (table) => ({
    value: await peakMemory(table.gatewayPid, () =>
      Promise.all(Array.from({ length: concurrent }, () => readPage(table, selection))),
    ),
  }),
  floor: async (table) => ({
    value: await peakMemory(table.gatewayPid, () =>
      Promise.all(Array.from({ length: concurrent }, () => readPage(table, {}))),
    ),
  }),
};
