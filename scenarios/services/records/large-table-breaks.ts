import type { Break } from '../../../harness/engine/index.ts';

const embedded = 'platform/services/airtable-gateway/embedded';

export const largeTableBreaks: readonly Break[] = [
  {
    defect: 'The keys of changed records stay as they were.',
    changes: [
      {
        kind: 'source',
        file: `${embedded}/keys/write-keys.ts`,
        find: '.filter(({ key, old }) => key !== old)',
        replace: '.filter(({ key, old }) => key !== old && key === undefined)',
      },
    ],
    violates: ['problems'],
  },
  {
    defect: 'The keys of new records are not stored.',
    changes: [
      {
        kind: 'source',
        file: `${embedded}/records/store-rows.ts`,
        find: '    addKeys(context, table, {\n      rows: rows.map(',
        replace: '    addKeys(context, table, {\n      rows: rows.slice(0, 0).map(',
      },
    ],
    violates: ['problems'],
  },
  {
    defect: 'Keys are never stored.',
    changes: [
      {
        kind: 'source',
        file: `${embedded}/keys/index-builder.ts`,
        find: "if (index === undefined) return 'refused';",
        replace: "if (index === undefined || index.id > 0) return 'refused';",
      },
    ],
    violates: ['readFromKeys'],
  },
];
