import type { Break } from '../../../harness/engine/index.ts';

export const smugglingBreaks: readonly Break[] = [
  {
    defect: 'The gateway serves the profile of the user whom a header names.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/users\/me$/,
        response: ({ body, status }, { headers }) => {
          const pretended = headers['x-user-id'];
          return pretended === undefined || status !== 200
            ? {}
            : {
                body: Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), id: String(pretended) })),
              };
        },
      },
    ],
    violates: ['pretended'],
  },
  {
    defect: 'The gateway serves requests that name two hosts.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/routing/request-policy.ts',
        find: '      assertOneHost(request.rawHeaders);\n',
        replace: '',
      },
    ],
    violates: ['served'],
  },
];
