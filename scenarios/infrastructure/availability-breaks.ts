import type { Break } from '../../harness/engine/index.ts';

export const postgresFailoverBreaks: readonly Break[] = [
  {
    defect: 'Workflows that were confirmed are not stored.',
    changes: [
      {
        kind: 'trigger',
        on: 'after insert on automation.workflows',
        does: 'delete from automation.workflows where id = new.id; return null;',
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
