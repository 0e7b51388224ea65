import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak } from '../../kit/breaks.ts';

const judge = 'platform/kit/rights/judge.ts';

export const rightsBreaks: readonly Break[] = [
  {
    defect: 'Every member of a workspace may do everything there.',
    changes: [
      {
        kind: 'source',
        file: judge,
        find: '  if (allows(role, level)) return allowed;',
        replace: '  if (role !== undefined) return allowed;\n  if (allows(role, level)) return allowed;',
      },
    ],
    violates: ['wrong', 'changed'],
  },
  {
    defect: 'Commenters may edit by the contract of the file service.',
    changes: [
      {
        kind: 'source',
        file: 'platform/contracts/file-service/contract.ts',
        find: "      summary: 'Delete a file and its extracted data',\n      description: 'A file that is still arriving returns 409.',\n      access: 'user',\n      needs: inFile('edit'),",
        replace:
          "      summary: 'Delete a file and its extracted data',\n      description: 'A file that is still arriving returns 409.',\n      access: 'user',\n      needs: inFile('comment'),",
      },
    ],
    violates: ['wrong', 'changed'],
  },
  {
    defect: 'Users with the role readonly change what the tenant shares.',
    changes: [
      {
        kind: 'source',
        file: judge,
        find: "  if (authority.role === 'readonly' && !authority.owns_tenant && method !== 'GET')\n",
        replace: "  if (authority.role === 'readonly' && !authority.owns_tenant && method === 'GET')\n",
      },
    ],
    violates: ['wrong'],
  },
  oneBreak(
    'Strangers read the members of a workspace.',
    changeStatus({ method: 'GET', path: /^\/api\/workspaces\/[^/]+\/members$/, status: 404 }, 200),
    'wrong',
  ),
  oneBreak(
    'The list of files is empty.',
    changeJson({ method: 'GET', path: /^\/api\/files$/, status: 200 }, (json) => ({
      ...json,
      files: [],
      total: 0,
    })),
    'wrongLists',
  ),
  {
    defect: 'A removed member keeps access until the services start again.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/rights/authority-cache.ts',
        find: 'export const freshMs = 5_000;',
        replace: 'export const freshMs = 3_600_000;',
      },
      {
        kind: 'source',
        file: 'platform/services/platform-services/workspaces/workspace-handlers.ts',
        find: 'await announce([params.userId]);',
        replace: '',
      },
    ],
    violates: ['wrong'],
  },
];
