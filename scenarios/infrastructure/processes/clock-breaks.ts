import type { Break } from '../../../harness/engine/index.ts';

const verifier = 'platform/kit/auth/token-verifier.ts';

export const clockBreaks: readonly Break[] = [
  {
    defect: 'Services grant each other no difference of their clocks.',
    changes: [
      {
        kind: 'source',
        file: verifier,
        find: 'const issuedAtLeewayS = 5;',
        replace: 'const issuedAtLeewayS = 0;',
      },
    ],
    violates: ['slightlyBehind', 'issuedSlightlyAhead'],
  },
  {
    defect: 'Tokens of the future are accepted.',
    changes: [
      {
        kind: 'source',
        file: verifier,
        find: 'if (claims.data.iat > now() / 1000 + issuedAtLeewayS)',
        replace: 'if (claims.data.iat > now() / 1000 + 86_400)',
      },
    ],
    violates: ['farBehind'],
  },
  {
    defect: 'The expiry of tokens is not compared with the clock.',
    changes: [
      {
        kind: 'source',
        file: verifier,
        find: '...checks, currentDate: new Date(now())',
        replace: '...checks, currentDate: new Date(0)',
      },
    ],
    violates: ['aDayAhead'],
  },
];
