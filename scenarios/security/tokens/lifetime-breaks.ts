import type { Break } from '../../../harness/engine/index.ts';

const sessions = 'platform/services/platform-services';

export const lifetimeBreaks: readonly Break[] = [
  {
    defect: 'Access tokens live an hour.',
    changes: [{ kind: 'environment', service: 'platform-services', set: { ACCESS_TOKEN_SECONDS: '3600' } }],
    violates: ['tooLong'],
  },
  {
    defect: 'Sessions live a year.',
    changes: [{ kind: 'environment', service: 'platform-services', set: { SESSION_DAYS: '365' } }],
    violates: ['sessionsTooLong'],
  },
  {
    defect: 'The response to a sign-in announces another lifetime than that of its token.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /\/auth\/login$/,
        response: ({ body }) => ({
          body: Buffer.from(body.toString().replace(/"expires_in":\d+/, '"expires_in":86400')),
        }),
      },
    ],
    violates: ['announcedOtherwise'],
  },
];

export const expiryBreaks: readonly Break[] = [
  {
    defect: 'The expiry of API keys is not compared when they are used.',
    changes: [
      {
        kind: 'source',
        file: `${sessions}/personal-tokens/exchange-personal-token.ts`,
        find: 'if (seconds_left !== null && seconds_left < 1)',
        replace: 'if (seconds_left === null && Date.now() < 0)',
      },
      {
        kind: 'source',
        file: `${sessions}/personal-tokens/exchange-personal-token.ts`,
        find: 'maxSeconds: seconds_left ?? Number.POSITIVE_INFINITY',
        replace: 'maxSeconds: Number.POSITIVE_INFINITY',
      },
    ],
    violates: ['openAfterExpiry'],
  },
  {
    defect: 'A WebSocket outlives its token.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/sockets/socket-connection.ts',
        find: 'if (isDue || claims.exp * 1000 <= Date.now()) void this.#verifyAgain();',
        replace: '',
      },
    ],
    violates: ['socketAfterExpiry'],
  },
];
