import { z } from 'zod';
import type { TableDefinition } from '../../../contracts/airtable-gateway/metadata.ts';
import { baseArgument } from './arguments.ts';
import { defineTool } from './tool.ts';

const line = 'singleLineText' as const;
const count = { type: 'number' as const, options: { precision: 0 } };

/** The nine fields of the table that describes a base's tables. */
const fields: z.input<typeof TableDefinition>['fields'] = [
  { name: 'Table Name', type: line },
  { name: 'Table ID', type: line },
  { name: 'Description', type: 'multilineText' },
  { name: 'Primary Field', type: line },
  { name: 'Field Count', ...count },
  { name: 'View Count', ...count },
  { name: 'Fields', type: 'multilineText' },
  { name: 'Views', type: 'multilineText' },
  { name: 'Base ID', type: line },
];

/** Maximum number of records in one request to Airtable. */
const batchSize = 10;

export const createMetadataTable = defineTool({
  name: 'create_metadata_table',
  title: 'Create a table of tables',
  description:
    'Writes a description of every table of a base into a separate table, which is created if it does not exist. Running it again updates the descriptions.',
  readOnly: false,
  input: z.strictObject({
    base_id: baseArgument,
    table_name: z.string().trim().min(1).max(255).default('Table Metadata'),
  }),
  output: z.object({
    table: z.object({ id: z.string(), name: z.string() }),
    created: z.boolean().describe('False when a table of that name existed'),
    described_tables: z.int(),
  }),
  async run({ base_id, table_name }, { airtable, signal, advance }) {
    const params = { baseId: base_id };
    const { tables } = await airtable.listTables({ params, query: {} }, { signal });
    const existing = tables.find(({ name }) => name.toLowerCase() === table_name.toLowerCase());
    const table =
      existing ?? (await airtable.createTable({ params, body: { name: table_name, fields } }, { signal }));
    const described = tables.filter(({ id }) => id !== table.id);
    const rows = described.map((one) => ({
      fields: {
        'Table Name': one.name,
        'Table ID': one.id,
        Description: one.description ?? '',
        'Primary Field': one.fields.find(({ id }) => id === one.primaryFieldId)?.name ?? '',
        'Field Count': one.fields.length,
        'View Count': one.views.length,
        Fields: one.fields.map(({ name, type }) => `${name} (${type})`).join('\n'),
        Views: one.views.map(({ name }) => name).join('\n'),
        'Base ID': base_id,
      },
    }));
    for (let start = 0; start < rows.length; start += batchSize) {
      await airtable.updateRecords(
        {
          params: { baseId: base_id, tableIdOrName: table.id },
          body: {
            performUpsert: { fieldsToMergeOn: ['Table ID'] },
            records: rows.slice(start, start + batchSize),
          },
        },
        { signal },
      );
      await advance?.(Math.min(batchSize, rows.length - start));
    }
    return {
      table: { id: table.id, name: table.name },
      created: existing === undefined,
      described_tables: described.length,
    };
  },
});
