import { z } from 'zod';
import { assertFields, findTable, readRecords } from '../airtable.ts';
import { cellText } from '../cell-text.ts';
import { ToolFailure } from '../tool-failure.ts';
import { baseArgument, tableArgument } from './arguments.ts';
import { defineTool } from './tool.ts';

/** Maximum number of records compared of each table. */
const maxRecords = 1000;

export const syncTables = defineTool({
  name: 'sync_tables',
  title: 'Plan a sync of two tables',
  description:
    'Compares two tables by a key field and reports what a sync would create, update and keep. It only plans: dry_run must be true.',
  readOnly: true,
  input: z.strictObject({
    source_base_id: baseArgument,
    source_table_id: tableArgument,
    target_base_id: baseArgument,
    target_table_id: tableArgument,
    key_field: z.string().min(1).max(255),
    dry_run: z.boolean().default(true),
  }),
  output: z.object({
    dry_run: z.literal(true),
    to_create: z.array(z.string()).describe('Keys that only the source has'),
    to_update: z.array(z.object({ key: z.string(), target_id: z.string(), fields: z.array(z.string()) })),
    unchanged: z.int(),
    only_in_target: z.array(z.string()),
    common_fields: z.array(z.string()),
    complete: z.boolean(),
  }),
  async run(input, context) {
    if (!input.dry_run) throw new ToolFailure('This tool only plans a sync. Call it with dry_run true.');
    const readTable = async (baseId: string, tableId: string) => {
      const table = await findTable(context, baseId, tableId);
      assertFields(table, [input.key_field]);
      const read = await readRecords(context, { baseId, table: table.id, limit: maxRecords });
      const byKey = new Map<string, (typeof read.records)[number]>();
      for (const record of read.records) {
        const key = cellText(record.fields[input.key_field]);
        if (key !== '' && !byKey.has(key)) byKey.set(key, record);
      }
      return { fields: table.fields.map(({ name }) => name), byKey, more: read.more };
    };
    const source = await readTable(input.source_base_id, input.source_table_id);
    const target = await readTable(input.target_base_id, input.target_table_id);
    const common = source.fields.filter((name) => target.fields.includes(name) && name !== input.key_field);
    const to_create: string[] = [];
    const to_update: { key: string; target_id: string; fields: string[] }[] = [];
    let unchanged = 0;
    for (const [key, record] of source.byKey) {
      const counterpart = target.byKey.get(key);
      if (!counterpart) {
        to_create.push(key);
        continue;
      }
      const different = common.filter(
        (name) => cellText(record.fields[name]) !== cellText(counterpart.fields[name]),
      );
      if (different.length === 0) unchanged += 1;
      else to_update.push({ key, target_id: counterpart.id, fields: different });
    }
    return {
      dry_run: true as const,
      to_create,
      to_update,
      unchanged,
      only_in_target: [...target.byKey.keys()].filter((key) => !source.byKey.has(key)),
      common_fields: common,
      complete: !source.more && !target.more,
    };
  },
});
