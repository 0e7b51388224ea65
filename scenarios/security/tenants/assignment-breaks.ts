import type { Break } from '../../../harness/engine/index.ts';

export const assignmentBreaks: readonly Break[] = [
  {
    defect: 'A workspace is stored as it was sent.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workspaces$/,
        response: ({ status }, { body }) => (status === 422 ? { status: 201, body } : {}),
      },
    ],
    violates: ['assigned'],
  },
];
