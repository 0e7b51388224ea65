import { airtableGateway } from '../../contracts/airtable-gateway/contract.ts';
import type { AirtableRecord, RecordSelection } from '../../contracts/airtable-gateway/records.ts';
import { type Client, createClient } from '../../kit/peers/client.ts';
import { ToolFailure } from './tool-failure.ts';

/** Client of the Airtable gateway. Every call has the permissions of the user being served. */
export type Airtable = Client<typeof airtableGateway>;

/**
 * Reports how far a tool has come.
 * @param progress number of records handled so far; each report has a larger one
 */
export type ReportProgress = (progress: number, message: string) => Promise<void>;

export interface ToolContext {
  airtable: Airtable;
  /** Aborts when the caller cancels the call or disconnects. */
  signal: AbortSignal;
  /** Adds records to the progress that the caller sees. */
  advance?: ((records: number) => Promise<void>) | undefined;
}

export function openAirtable(baseUrl: string): Airtable {
  return createClient(airtableGateway, { baseUrl });
}

/** Maximum number of records in a page of Airtable. */
const pageSize = 100;

/**
 * Reads up to `limit` records, over as many pages as needed.
 * @returns the records, and whether the table has more
 */
export async function readRecords(
  { airtable, signal, advance }: ToolContext,
  options: {
    baseId: string;
    table: string;
    selection?: Pick<RecordSelection, 'view' | 'filterByFormula' | 'fields'>;
    /** At least 1. */
    limit: number;
  },
): Promise<{ records: AirtableRecord[]; more: boolean }> {
  const { baseId, table, selection, limit } = options;
  const params = { baseId, tableIdOrName: table };
  const records: AirtableRecord[] = [];
  let offset: string | undefined;
  do {
    const size = Math.min(pageSize, limit - records.length);
    const body = { ...selection, pageSize: size, offset };
    const page = await airtable.listRecordsByPost({ params, body }, { signal });
    records.push(...page.records);
    await advance?.(page.records.length);
    offset = page.offset;
  } while (offset !== undefined && records.length < limit);
  return { records, more: offset !== undefined };
}

/**
 * A table and its fields.
 * @param table id or name
 * @throws ToolFailure when the base has no such table
 */
export async function findTable({ airtable, signal }: ToolContext, baseId: string, table: string) {
  const { tables } = await airtable.listTables({ params: { baseId }, query: {} }, { signal });
  const found = tables.find(({ id, name }) => id === table || name === table);
  if (found) return found;
  const names = tables.map(({ name }) => name).join(', ') || 'none';
  throw new ToolFailure(`Base ${baseId} has no table "${table}". It has: ${names}.`);
}

/** @throws ToolFailure that names the fields that the table does not have */
export function assertFields(
  table: { name: string; fields: readonly { name: string }[] },
  names: readonly string[],
): void {
  const unknown = names.filter((name) => !table.fields.some((field) => field.name === name));
  if (unknown.length > 0) throw new ToolFailure(`${table.name} has no field ${unknown.join(', ')}.`);
}
