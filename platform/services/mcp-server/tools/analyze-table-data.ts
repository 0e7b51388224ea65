import { z } from 'zod';
import { findTable, readRecords } from '../airtable.ts';
import { cellText, isEmptyCell } from '../cell-text.ts';
import { inTable } from './arguments.ts';
import { defineTool } from './tool.ts';

const FieldAnalysis = z.object({
  name: z.string(),
  type: z.string(),
  filled: z.int(),
  fill_rate: z.number().min(0).max(1).describe('Share of sampled records with a value'),
  distinct: z.int(),
  numbers: z
    .object({ min: z.number(), max: z.number(), average: z.number() })
    .nullable()
    .describe('Null when the field has no numbers'),
  most_common: z.array(z.object({ value: z.string(), count: z.int() })),
});

/** Number of most common values in the result. */
const mostCommonShown = 5;

export const analyzeTableData = defineTool({
  name: 'analyze_table_data',
  title: 'Analyse table data',
  description: 'Samples a table and reports for each field how often it has a value and which values it has.',
  readOnly: true,
  input: inTable.extend({ sample_size: z.int().min(1).max(100).default(100) }),
  output: z.object({
    sampled: z.int(),
    complete: z.boolean().describe('Whether the sample is the whole table'),
    fields: z.array(FieldAnalysis),
    insights: z.array(z.string()),
  }),
  async run(input, context) {
    const table = await findTable(context, input.base_id, input.table_id);
    const { records, more } = await readRecords(context, {
      baseId: input.base_id,
      table: table.id,
      limit: input.sample_size,
    });
    const fields = table.fields.map(({ name, type }) =>
      analyzeField({ name, type, values: records.map((record) => record.fields[name]) }),
    );
    return { sampled: records.length, complete: !more, fields, insights: insightsOf(fields, records.length) };
  },
});

function analyzeField(options: {
  name: string;
  type: string;
  values: readonly unknown[];
}): z.infer<typeof FieldAnalysis> {
  const present = options.values.filter((value) => !isEmptyCell(value));
  const counts = new Map<string, number>();
  for (const value of present) counts.set(cellText(value), (counts.get(cellText(value)) ?? 0) + 1);
  const numbers = present.filter((value) => typeof value === 'number');
  return {
    name: options.name,
    type: options.type,
    filled: present.length,
    fill_rate: options.values.length === 0 ? 0 : present.length / options.values.length,
    distinct: counts.size,
    numbers:
      numbers.length === 0
        ? null
        : {
            min: Math.min(...numbers),
            max: Math.max(...numbers),
            average: numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
          },
    most_common: [...counts]
      .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
      .slice(0, mostCommonShown)
      .map(([value, count]) => ({ value, count })),
  };
}

function insightsOf(fields: readonly z.infer<typeof FieldAnalysis>[], sampled: number): string[] {
  if (sampled === 0) return ['The table has no records.'];
  return fields.flatMap((field) => {
    if (field.filled === 0) return [`${field.name} is empty in every sampled record.`];
    if (field.fill_rate < 0.5) return [`${field.name} is empty in more than half of the sampled records.`];
    if (field.distinct === sampled && sampled > 1)
      return [`${field.name} is different in every sampled record.`];
    if (field.distinct === 1 && sampled > 1) return [`${field.name} is the same in every sampled record.`];
    return [];
  });
}
