import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak, respondWith } from '../../kit/breaks.ts';

const bases = '^/api/airtable/v0/meta/bases';

export const foreignBaseBreaks: readonly Break[] = [
  oneBreak(
    'Tables of a base can be read with its id alone.',
    respondWith({ method: 'GET', path: new RegExp(`${bases}/[^/]+/tables$`), status: 404 }, 200, {
      tables: [],
    }),
    'reached',
  ),
  oneBreak(
    'A base of another tenant is forbidden, and one that does not exist is not found.',
    changeStatus(
      {
        method: 'GET',
        path: /^\/api\/airtable\/v0\/app(?!AAAAAAAAAAAAAA)[^/]+\/People$/,
        status: 404,
        when: ({ url }) => !url.includes('?'),
      },
      403,
    ),
    'unlikeUnknown',
  ),
];

export const foreignRecordBreaks: readonly Break[] = [
  oneBreak(
    'A cursor works for every list.',
    changeStatus({ method: 'GET', path: /\/People\?pageSize=4&offset=/, status: 422 }, 200),
    'cursorOfOther',
  ),
  oneBreak(
    'A record is changed by its id in any table.',
    respondWith({ method: 'PATCH', path: /\/People\/rec[^/]+$/, status: 404 }, 200, {
      id: 'rec',
      fields: {},
    }),
    'reached',
  ),
];

export const foreignObjectBreaks: readonly Break[] = [
  oneBreak(
    'A file can be read with its id alone.',
    respondWith({ method: 'GET', path: /^\/api\/files\/[^/]+$/, status: 404 }, 200, { id: 'file' }),
    'reached',
  ),
  oneBreak(
    'The workflows of everybody are missing in their list.',
    changeJson({ method: 'GET', path: /^\/api\/workflows$/ }, (json) => ({ ...json, workflows: [] })),
    'unreadableForOwner',
  ),
];

export const foreignProfileBreaks: readonly Break[] = [
  {
    defect: 'Row-level security is off for profiles.',
    changes: [
      {
        kind: 'sql',
        apply: 'alter table profiles.profiles disable row level security',
        restore: 'alter table profiles.profiles enable row level security',
      },
    ],
    violates: ['totals'],
  },
  oneBreak(
    'A profile of another tenant is forbidden instead of hidden.',
    changeStatus({ method: 'GET', path: /^\/api\/users\/[0-9a-f-]{36}$/, status: 404 }, 403),
    'status',
  ),
];

export const foreignRoleBreaks: readonly Break[] = [
  {
    defect: 'Row-level security is off for files.',
    changes: [
      {
        kind: 'sql',
        apply: 'alter table files.files disable row level security',
        restore: 'alter table files.files enable row level security',
      },
    ],
    violates: ['foreignRowsSeen', 'rowsSeenWithoutTenant', 'foreignRowsChanged', 'foreignRowsDeleted'],
  },
];

export const foreignToolBreaks: readonly Break[] = [
  oneBreak(
    'Tools read every base whose id they get.',
    changeJson({ method: 'POST', path: /^\/api\/mcp\/tools\/call$/ }, (json) =>
      json.success === false ? { success: true, result: {} } : json,
    ),
    'reached',
    'reachedByRecord',
  ),
  oneBreak(
    'Every tool fails.',
    changeJson({ method: 'POST', path: /^\/api\/mcp\/tools\/call$/ }, () => ({
      success: false,
      error: 'failed',
    })),
    'rejectedForOwner',
  ),
];
