import { z } from 'zod';
import { findTable, readRecords, ToolFailure } from '../airtable.ts';
import { inTable, RecordOutput } from './arguments.ts';
import { defineTool } from './tool.ts';

/** Field types whose values read as text. */
const textual = new Set([
  'singleLineText',
  'multilineText',
  'richText',
  'email',
  'url',
  'phoneNumber',
  'singleSelect',
  'multipleSelects',
  'number',
  'currency',
  'percent',
  'date',
  'dateTime',
  'autoNumber',
]);

export const searchRecords = defineTool({
  name: 'search_records',
  title: 'Search records',
  description: 'Finds records that contain a text in some field, without regard to case.',
  readOnly: true,
  input: inTable.extend({
    query: z.string().min(1).max(500),
    fields: z.array(z.string().max(255)).max(50).optional().describe('Fields to look in; default all'),
    max_records: z.int().min(1).max(1000).default(50),
  }),
  output: z.object({
    records: z.array(RecordOutput),
    count: z.int(),
    more: z.boolean(),
    formula: z.string(),
  }),
  async run(input, { airtable, signal }) {
    const table = await findTable(airtable, { baseId: input.base_id, table: input.table_id, signal });
    const wanted =
      input.fields ?? table.fields.filter(({ type }) => textual.has(type)).map(({ name }) => name);
    const unknown = wanted.filter((name) => !table.fields.some((field) => field.name === name));
    if (unknown.length > 0) throw new ToolFailure(`${table.name} has no field ${unknown.join(', ')}.`);
    if (wanted.length === 0) throw new ToolFailure(`${table.name} has no field that can be searched.`);
    const formula = searchFormula(input.query, wanted);
    const { records, more } = await readRecords(airtable, {
      baseId: input.base_id,
      table: table.id,
      selection: { filterByFormula: formula },
      limit: input.max_records,
      signal,
    });
    return { records, count: records.length, more, formula };
  },
});

/** A formula that finds the text in any of the fields; the text and the names cannot break out of it. */
export function searchFormula(query: string, fields: readonly string[]): string {
  const text = `"${query.toLowerCase().replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const parts = fields.map((name) => `FIND(${text}, LOWER({${name.replaceAll(/[\\}]/g, '\\$&')}} & ""))`);
  return parts.length === 1 ? (parts[0] as string) : `OR(${parts.join(', ')})`;
}
