// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import { type Mutant, replacing } from '../mutant.ts';

const tools = 'services/mcp-server/tools';
const reading = ['services.mcp-server.values-of-reading-tools'] as const;
const writing = ['services.mcp-server.values-of-writing-tools'] as const;

/** Kind 15: tools of the model with wrong results. */
export const toolMutants: readonly Mutant[] = [
  {
    id: 'results.csv-loses-last-row',
    kind: 15,
    defect: 'The CSV export lacks the last row.',
    changes: [
      replacing(
        `${tools}/export-table-csv.ts`,
        '...records.map((record) => columns',
        '...records.slice(0, -1).map((record) => columns',
      ),
    ],
    caughtBy: reading,
  },
  {
    id: 'results.csv-quotes-nothing',
    kind: 15,
    defect: 'Cells with commas are not quoted in the CSV export.',
    changes: [
      replacing(
        `${tools}/export-table-csv.ts`,
        'return /[",\\r\\n]/.test(inert)',
        'return /["\\r\\n]/.test(inert)',
      ),
    ],
    caughtBy: reading,
  },
  {
    id: 'results.duplicates-never-found',
    kind: 15,
    defect: 'Duplicates are never found.',
    changes: [
      replacing(
        `${tools}/find-duplicates.ts`,
        'group.record_ids.length > 1);',
        'group.record_ids.length > 1_000);',
      ),
    ],
    caughtBy: reading,
  },
  {
    id: 'results.duplicates-by-case',
    kind: 15,
    defect: 'Duplicates that differ in case are not found.',
    changes: [replacing(`${tools}/find-duplicates.ts`, '.trim().toLowerCase()]', '.trim()]')],
    caughtBy: reading,
  },
  {
    id: 'results.search-by-case',
    kind: 15,
    defect: 'A search finds only texts in lower case.',
    changes: [replacing(`${tools}/search-records.ts`, 'LOWER({${id}} & "")', '{${id}} & ""')],
    caughtBy: reading,
  },
  {
    id: 'results.search-in-one-field',
    kind: 15,
    defect: 'A search looks only into the first field.',
    changes: [
      replacing(
        `${tools}/search-records.ts`,
        '.map(({ id }) => id);\n    if (searched',
        '.map(({ id }) => id)\n      .slice(0, 1);\n    if (searched',
      ),
    ],
    caughtBy: reading,
  },
  {
    id: 'results.average-wrong',
    kind: 15,
    defect: 'The average of a field counts empty cells as zero.',
    changes: [
      replacing(
        `${tools}/analyze-table-data.ts`,
        'numbers.reduce((sum, value) => sum + value, 0) / numbers.length',
        'numbers.reduce((sum, value) => sum + value, 0) / (options.values.length + 1)',
      ),
    ],
    caughtBy: reading,
  },
  {
    id: 'results.only-first-page-for-tools',
    kind: 15,
    defect: 'Tools read only the first page of a table.',
    changes: [
      replacing(
        'services/mcp-server/airtable.ts',
        'while (offset !== undefined && records.length < limit);',
        'while (offset !== undefined && records.length < Math.min(limit, 50));',
      ),
    ],
    caughtBy: reading,
  },
  {
    id: 'results.sync-plan-misses-updates',
    kind: 15,
    defect: 'The plan of a sync names no records to update.',
    changes: [
      replacing(
        `${tools}/sync-tables.ts`,
        'if (different.length === 0) unchanged += 1;',
        'if (different.length < 99) unchanged += 1;',
      ),
    ],
    caughtBy: reading,
  },
  {
    id: 'results.tool-deletes-one-of-many',
    kind: 15,
    defect: 'The tool that deletes several records deletes the first one and reports all.',
    changes: [
      replacing(
        `${tools}/batch-delete-records.ts`,
        'query: { records: input.record_ids }',
        'query: { records: input.record_ids.slice(0, 1) }',
      ),
      replacing(
        `${tools}/batch-delete-records.ts`,
        'const deleted = records.map(({ id }) => id);',
        'const deleted = records.length > 0 ? input.record_ids : [];',
      ),
    ],
    caughtBy: writing,
  },
];
