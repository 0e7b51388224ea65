import { z } from 'zod';
import { assertFields, findTable, readRecords } from '../airtable.ts';
import { ToolFailure } from '../tool-failure.ts';
import { inTable, RecordOutput } from './arguments.ts';
import { defineTool } from './tool.ts';

/** Field types whose values can be searched as text. */
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
  description: 'Finds records that contain a text in any field, ignoring case.',
  readOnly: true,
  input: inTable.extend({
    query: z.string().min(1).max(500),
    fields: z.array(z.string().max(255)).max(50).optional().describe('Fields to search; default all'),
    max_records: z.int().min(1).max(1000).default(50),
  }),
  output: z.object({
    records: z.array(RecordOutput),
    count: z.int(),
    more: z.boolean(),
    formula: z.string(),
  }),
  async run(input, context) {
    const table = await findTable(context, input.base_id, input.table_id);
    assertFields(table, input.fields ?? []);
    const searched = table.fields
      .filter(({ name, type }) => input.fields?.includes(name) ?? textual.has(type))
      .map(({ id }) => id);
    if (searched.length === 0) throw new ToolFailure(`${table.name} has no field that can be searched.`);
    const formula = searchFormula(input.query, searched);
    const { records, more } = await readRecords(context, {
      baseId: input.base_id,
      table: table.id,
      selection: { filterByFormula: formula },
      limit: input.max_records,
    });
    return { records, count: records.length, more, formula };
  },
});

/**
 * A formula that finds the text in any of the fields. The text cannot change the formula. Ids name the fields, because
 * a name may contain any character and formulas have no escape for some of them.
 */
function searchFormula(query: string, fieldIds: readonly string[]): string {
  const text = `"${query.toLowerCase().replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const parts = fieldIds.map((id) => `FIND(${text}, LOWER({${id}} & ""))`);
  return parts.length === 1 ? (parts[0] as string) : `OR(${parts.join(', ')})`;
}
