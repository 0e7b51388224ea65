import type { Break } from '../../harness/engine/index.ts';

export const postgresFailoverBreaks: readonly Break[] = [
  {
    defect: 'Workflows that were confirmed are not stored.',
    changes: [
      {
        // The writes of one client, sent as reads. A change of the database could not be lifted at a dead primary.
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workflows$/,
        request: ({ body }) => (body.includes('"name":"w0-') ? { method: 'GET', body: Buffer.alloc(0) } : {}),
        response: ({ status }) => (status === 200 ? { status: 201 } : {}),
      },
    ],
    violates: ['lost'],
  },
];

export const redisFailoverBreaks: readonly Break[] = [
  {
    defect: 'Events are confirmed and not stored.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/saga\/events\//,
        response: ({ status, body }) =>
          status === 202
            ? { body: Buffer.from(body.toString().replace(/"event_id":"[^"]+"/, '"event_id":"1-1"')) }
            : {},
      },
    ],
    violates: ['lost'],
  },
];
