import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

const tools = 'platform/services/mcp-server/tools';

export const readingToolBreaks: readonly Break[] = [
  {
    defect: 'The CSV export loses its last row.',
    changes: [
      {
        kind: 'source',
        file: `${tools}/export-table-csv.ts`,
        find: '...records.map((record) => columns',
        replace: '...records.slice(0, -1).map((record) => columns',
      },
    ],
    violates: ['csv'],
  },
  {
    defect: 'Duplicates are never found.',
    changes: [
      {
        kind: 'source',
        file: `${tools}/find-duplicates.ts`,
        find: 'group.record_ids.length > 1)',
        replace: 'group.record_ids.length > 1_000)',
      },
    ],
    violates: ['duplicates'],
  },
  {
    defect: 'Tools read the first page of a table only.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/mcp-server/airtable.ts',
        find: 'while (offset !== undefined && records.length < limit)',
        replace: 'while (offset === "none" && records.length < limit)',
      },
    ],
    violates: ['getRecords', 'csv', 'duplicates'],
  },
];

export const writingToolBreaks: readonly Break[] = [
  {
    defect: 'A tool reports changes that it has not made.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/mcp\/tools\/call$/,
        request({ body }) {
          const sent = JSON.parse(body.toString());
          if (sent.name !== 'batch_create_records') return {};
          sent.arguments.records.pop();
          return { body: Buffer.from(JSON.stringify(sent)) };
        },
      },
    ],
    violates: ['batchCreated'],
  },
];

export const wayBreaks: readonly Break[] = [
  {
    defect: 'Tools called by the orchestrator return nothing.',
    changes: [
      alteredJson('POST', /^\/api\/execute-tool$/, (body) => {
        body.structured = { tables: [] };
      }),
    ],
    violates: ['results'],
  },
];
