import { z } from 'zod';
import { findTable } from '../airtable.ts';
import { inTable } from './arguments.ts';
import { defineTool } from './tool.ts';

export const getFieldInfo = defineTool({
  name: 'get_field_info',
  title: 'Get field information',
  description:
    'Describes the fields of a table: their types, options such as choices or precision, and which one is primary.',
  readOnly: true,
  input: inTable,
  output: z.object({
    table: z.object({ id: z.string(), name: z.string() }),
    fields: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        type: z.string(),
        description: z.string().nullable(),
        is_primary: z.boolean(),
        options: z.record(z.string(), z.unknown()).nullable(),
      }),
    ),
  }),
  async run({ base_id, table_id }, context) {
    const table = await findTable(context, base_id, table_id);
    return {
      table: { id: table.id, name: table.name },
      fields: table.fields.map(({ id, name, type, description, options }) => ({
        id,
        name,
        type,
        description: description ?? null,
        is_primary: id === table.primaryFieldId,
        options: options ?? null,
      })),
    };
  },
});
