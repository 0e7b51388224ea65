import { z } from 'zod';
import { baseArgument } from './arguments.ts';
import { defineTool } from './tool.ts';

export const listTables = defineTool({
  name: 'list_tables',
  title: 'List tables',
  description: 'Lists the tables of a base with the number of fields and views of each.',
  readOnly: true,
  input: z.strictObject({ base_id: baseArgument }),
  output: z.object({
    tables: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        description: z.string().nullable(),
        field_count: z.int(),
        view_count: z.int(),
      }),
    ),
  }),
  async run({ base_id }, { airtable, signal }) {
    const { tables } = await airtable.listTables({ params: { baseId: base_id }, query: {} }, { signal });
    return {
      tables: tables.map(({ id, name, description, fields, views }) => ({
        id,
        name,
        description: description ?? null,
        field_count: fields.length,
        view_count: views.length,
      })),
    };
  },
});
