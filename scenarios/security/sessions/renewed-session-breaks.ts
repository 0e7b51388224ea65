import type { Break } from '../../../harness/engine/index.ts';

export const renewedBreaks: readonly Break[] = [
  {
    defect: 'The session before a sign-in stays open.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/frontend/session/sessions.ts',
        find: '      await endEarlier(request, log);\n',
        replace: '      if (reply.sent) await endEarlier(request, log);\n',
      },
    ],
    violates: ['plantedAfter', 'earlierAfter'],
  },
  {
    defect: 'A sign-in keeps the cookies that the browser sent.',
    changes: [
      {
        kind: 'exchange',
        service: 'frontend',
        method: 'POST',
        path: /^\/api\/auth\/login$/,
        response: ({ headers }, request) => {
          const sent = request.headers.cookie;
          return sent === undefined ? {} : { headers: { ...headers, 'set-cookie': sent.split('; ') } };
        },
      },
    ],
    violates: ['sameSession', 'victimSeesSelf'],
  },
];
