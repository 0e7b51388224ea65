import type { Break } from '../../../harness/engine/index.ts';

const members = 'platform/services/platform-services/workspaces/workspace-members.ts';

export const grantingBreaks: readonly Break[] = [
  {
    defect: 'An administrator of a workspace adds an owner.',
    changes: [
      {
        kind: 'source',
        file: members,
        find: "if (!includesRole(own, role)) throw problem('forbidden');",
        replace: '',
      },
    ],
    violates: ['granted'],
  },
  {
    defect: 'A workspace may be left without an owner.',
    changes: [
      {
        kind: 'source',
        file: members,
        find: "if (rows.length === 0) throw problem('conflict'",
        replace: "if (rows.length > 99) throw problem('conflict'",
      },
    ],
    violates: ['lastOwner'],
  },
];
