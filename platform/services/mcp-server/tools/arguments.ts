import { z } from 'zod';
import { AirtableRecord, CellValues } from '../../../contracts/airtable-gateway/records.ts';

export const baseArgument = z.string().min(1).max(64).describe('Id of the base (app…)');
export const tableArgument = z.string().min(1).max(255).describe('Id (tbl…) or name of the table');
export const recordArgument = z.string().min(1).max(64).describe('Id of the record (rec…)');
export const fieldsArgument = CellValues.describe('Values by field name');

export const inTable = z.strictObject({ base_id: baseArgument, table_id: tableArgument });

/** A record in a tool's result. */
export const RecordOutput = AirtableRecord.pick({ id: true, createdTime: true, fields: true });

/** The part of a request to Airtable that names the table. */
export function tableParams(input: { base_id: string; table_id: string }): {
  params: { baseId: string; tableIdOrName: string };
} {
  return { params: { baseId: input.base_id, tableIdOrName: input.table_id } };
}
