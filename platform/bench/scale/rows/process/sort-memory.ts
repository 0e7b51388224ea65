import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import { CallRefused } from '../../records/api-client.ts';
import type { FilledTable, RecordsRow } from '../../records/filled-table.ts';
import { readPage } from '../../records/lists.ts';
import { peakMemory } from '../../records/peak-memory.ts';
import { byLabel, selectionOf } from '../../records/sorted-page.ts';
import type { Outcome } from '../../suite.ts';

/** Number of requests at once. */
const concurrent = 16;

const selection = selectionOf([byLabel]);

/** The service reads few whole tables at once, and sends others away for some seconds. They come again, as clients do. */
async function readWhenAdmitted(table: FilledTable, options: RecordSelection): Promise<void> {
  for (;;) {
    try {
      await readPage(table, options);
      return;
    } catch (error) {
      if (!(error instanceof CallRefused) || error.retryAfterS === undefined) throw error;
      await sleep(error.retryAfterS * 1000);
    }
  }
}

/** In a process of its own: Node does not return the memory of earlier requests. */
async function measureMemory(table: FilledTable, options: RecordSelection): Promise<Outcome> {
  await using gateway = await table.freshGateway();
  const fresh = { ...table, recordsUrl: gateway.recordsUrl };
  await Promise.all(Array.from({ length: concurrent }, () => readWhenAdmitted(fresh, options)));
  return { value: await peakMemory(gateway.pid) };
}

export const sortMemory: RecordsRow = {
  id: 'sort-memory',
  title: `Largest memory of airtable-gateway, ${concurrent} first pages sorted by a formula field at once`,
  floorTitle: `${concurrent} unsorted first pages`,
  unit: 'MB',
  goals: [{ kind: 'of-floor', times: 1.5 }],
  prepare: async () => undefined,
  warm: (table) => readPage(table, selection),
  measure: (table) => measureMemory(table, selection),
  floor: (table) => measureMemory(table, {}),
};
