import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak } from '../../kit/breaks.ts';

export const loweredBreaks: readonly Break[] = [
  oneBreak(
    'The file service remembers rights for ever.',
    changeStatus({ method: 'POST', path: /^\/api\/files\/upload$/, status: 403 }, 201),
    'stillWriting',
  ),
  {
    defect: 'A role that was given does not change.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of role on identity.workspace_members',
        does: 'new.role := old.role; return new;',
      },
    ],
    violates: ['stillWriting', 'written'],
  },
];

export const toolBreaks: readonly Break[] = [
  oneBreak(
    'Tools write with rights of their own.',
    changeJson({ method: 'POST', path: /^\/api\/mcp\/tools\/call$/ }, (json) =>
      json.success === false ? { success: true, result: {} } : json,
    ),
    'writes',
  ),
  oneBreak(
    'The scopes of a key suffice to write.',
    changeStatus(
      { method: 'PATCH', path: /^\/api\/airtable\/v0\/app[^/]+\/tbl[^/]+\/rec[^/]+$/, status: 403 },
      200,
    ),
    'keyWrites',
  ),
];
