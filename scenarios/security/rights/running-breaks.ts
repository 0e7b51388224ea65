import type { Break } from '../../../harness/engine/index.ts';

export const runningBreaks: readonly Break[] = [
  {
    defect: 'A workflow keeps the role that its user had at its start.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of role on identity.workspace_members',
        does: 'new.role := old.role; return new;',
      },
    ],
    violates: ['lowered', 'written'],
  },
];
