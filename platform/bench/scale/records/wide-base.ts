import type { z } from 'zod';
import type { Table } from '../../../contracts/airtable-gateway/metadata.ts';
import type { RecordsWritten } from '../../../contracts/airtable-gateway/records.ts';
import type { ApiClient } from './api-client.ts';

/** Tables of the base, and fields of each. */
const breadth = 100;

/** A record in a base of 100 tables with 100 fields each. */
export interface WideBase {
  baseId: string;
  tableId: string;
  recordId: string;
}

/** @param options.metaUrl where bases are created */
export async function createWideBase(options: { api: ApiClient; metaUrl: string }): Promise<WideBase> {
  const { api, metaUrl } = options;
  const fields = Array.from({ length: breadth }, (_, index) => ({
    name: `Field ${index + 1}`,
    type: 'singleLineText',
  }));
  const base = await api.call<{ id: string; tables: Table[] }>('POST', metaUrl, {
    name: 'Wide',
    workspaceId: 'default',
    tables: Array.from({ length: breadth }, (_, index) => ({ name: `Table ${index + 1}`, fields })),
  });
  const tableId = base.tables[breadth >> 1]?.id as string;
  const written = await api.call<z.infer<typeof RecordsWritten>>(
    'POST',
    `${metaUrl.replace('/meta/bases', '')}/${base.id}/${tableId}`,
    {
      records: [{ fields: Object.fromEntries(fields.map(({ name }) => [name, `value of ${name}`])) }],
    },
  );
  return { baseId: base.id, tableId, recordId: written.records[0]?.id as string };
}
