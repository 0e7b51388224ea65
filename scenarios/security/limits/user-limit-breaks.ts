import type { Break } from '../../../harness/engine/index.ts';
import { changeStatus, oneBreak } from '../../kit/breaks.ts';

export const userLimitBreaks: readonly Break[] = [
  oneBreak(
    'The limit per user is reported and has no effect.',
    changeStatus({ path: /^\/api\/users\/me$/, method: 'GET', status: 429 }, 200),
    'allowed',
    'status',
  ),
  oneBreak(
    'The other version of the path has no limit.',
    changeStatus({ path: /^\/api\/v1\/users\/me$/, status: 429 }, 200),
    'bypasses',
  ),
];

export const costBreaks: readonly Break[] = [
  oneBreak(
    'Bodies of any size are read.',
    changeStatus({ method: 'PUT', path: /^\/api\/users\/me$/, status: 413 }, 200),
    'accepted',
  ),
  oneBreak(
    'Pages of any size are returned.',
    changeStatus({ method: 'GET', path: /^\/api\/users\?page_size=/, status: 422 }, 200),
    'accepted',
  ),
];

export const keyBreaks: readonly Break[] = [
  {
    defect: 'The key of a request is ignored.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workspaces$/,
        request: ({ headers: { 'idempotency-key': _ignored, ...headers } }) => ({ headers }),
      },
    ],
    violates: ['created', 'successes'],
  },
];
