import { airtableGateway } from '../../contracts/airtable-gateway/contract.ts';
import type { AirtableRecord, RecordSelection } from '../../contracts/airtable-gateway/records.ts';
import { type Client, createClient } from '../../kit/peers/client.ts';

/** The Airtable gateway as the tools see it; every call carries the rights of the user being served. */
export type Airtable = Client<typeof airtableGateway>;

export function openAirtable(baseUrl: string): Airtable {
  return createClient(airtableGateway, { baseUrl });
}

/** Airtable's own limit of one page. */
const pageSize = 100;

/**
 * Reads up to `limit` records over as many pages as it takes.
 * @returns the records, and whether there are more than were read.
 */
export async function readRecords(
  airtable: Airtable,
  options: {
    baseId: string;
    table: string;
    selection?: Pick<RecordSelection, 'view' | 'filterByFormula' | 'fields'>;
    /** At least 1. */
    limit: number;
    signal?: AbortSignal;
  },
): Promise<{ records: AirtableRecord[]; more: boolean }> {
  const records: AirtableRecord[] = [];
  let offset: string | undefined;
  do {
    const page = await airtable.listRecordsByPost(
      {
        params: { baseId: options.baseId, tableIdOrName: options.table },
        body: {
          ...options.selection,
          pageSize: Math.min(pageSize, options.limit - records.length),
          ...(offset === undefined ? {} : { offset }),
        },
      },
      options.signal ? { signal: options.signal } : {},
    );
    records.push(...page.records);
    offset = page.offset;
  } while (offset !== undefined && records.length < options.limit);
  return { records, more: offset !== undefined };
}

/** A table with its fields, by id or name. @throws ToolFailure when the base has none such. */
export async function findTable(
  airtable: Airtable,
  options: { baseId: string; table: string; signal?: AbortSignal },
) {
  const { tables } = await airtable.listTables(
    { params: { baseId: options.baseId }, query: {} },
    options.signal ? { signal: options.signal } : {},
  );
  const found = tables.find(({ id, name }) => id === options.table || name === options.table);
  if (!found) {
    throw new ToolFailure(
      `Base ${options.baseId} has no table "${options.table}". It has: ${tables.map(({ name }) => name).join(', ') || 'none'}.`,
    );
  }
  return found;
}

/** A tool cannot do what was asked, for a reason the caller can act on. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
}
