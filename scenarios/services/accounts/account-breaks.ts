import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

export const profileBreaks: readonly Break[] = [
  {
    defect: 'The counts of users are always 0.',
    changes: [
      alteredJson('GET', /^\/api\/users\/stats$/, (body) => {
        body.total = 0;
        body.active = 0;
      }),
    ],
    violates: ['stats', 'strangerStats'],
  },
  {
    defect: 'A search for users finds everybody.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/users\?search=/,
        request: ({ url }) => ({ url: url.replace(/search=.*/, '') }),
      },
    ],
    violates: ['found'],
  },
];

export const usageBreaks: readonly Break[] = [
  {
    defect: 'Usage forgets an event of each request.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/analytics\/events$/,
        request({ body }) {
          const sent = JSON.parse(body.toString());
          return {
            body: Buffer.from(JSON.stringify({ events: sent.events.slice(0, -1).concat(sent.events[0]) })),
          };
        },
      },
    ],
    violates: ['byEvent'],
  },
];

export const fileBreaks: readonly Break[] = [
  {
    defect: 'The statistics of files are always 0.',
    changes: [
      alteredJson('GET', /^\/api\/files\/stats\/summary$/, (body) => {
        body.total = 0;
        body.total_bytes = 0;
        body.by_status = {};
      }),
    ],
    violates: ['stats', 'afterDeletion'],
  },
  {
    defect: 'The extracted table loses its last row.',
    changes: [alteredJson('GET', /^\/api\/files\/[^/]+\/extract$/, (body) => void body.rows?.pop())],
    violates: ['rows', 'document'],
  },
];

export const workspaceBreaks: readonly Break[] = [
  {
    defect: 'Members of a workspace all read as owners.',
    changes: [
      alteredJson('GET', /^\/api\/workspaces\/[^/]+\/members$/, (body) => {
        for (const member of body.members) member.role = 'owner';
      }),
    ],
    violates: ['members'],
  },
];
