import type { Break } from '../../../harness/engine/index.ts';

const sessions = 'platform/services/platform-services/sessions/sessions.ts';

export const endedSessionBreaks: readonly Break[] = [
  {
    defect: 'A cached token is not compared with the ended sessions.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/auth/token-verifier.ts',
        find: '    return assertNotRevoked(known.claims);',
        replace: '    return known.claims;',
      },
    ],
    violates: ['stillOpen'],
  },
  {
    defect: 'file-service does not follow ended sessions.',
    changes: [
      {
        kind: 'exchange',
        service: 'file-service',
        path: /^\/files/,
        response: ({ status }) =>
          status === 401
            ? {
                status: 200,
                headers: { 'content-type': 'application/json' },
                body: Buffer.from('{"files":[]}'),
              }
            : {},
      },
    ],
    violates: ['stillOpen'],
  },
  {
    defect: 'The session of a refresh token that is used twice stays open.',
    changes: [
      {
        kind: 'source',
        file: sessions,
        find: 'if (rows[0]?.reused && !raced && ',
        replace: 'if (rows[0]?.reused && raced && ',
      },
    ],
    violates: ['stillOpen'],
  },
];
