import type { Break } from '../../../harness/engine/index.ts';

const verifier = 'platform/kit/auth/token-verifier.ts';

/** Defects of the verification of claims, in the kit and in single services. */
export const claimBreaks: readonly Break[] = [
  {
    defect: 'Services do not check the expiry of tokens.',
    changes: [
      {
        kind: 'source',
        file: verifier,
        find: '{ ...checks, currentDate: new Date(now()) }',
        replace: '{ ...checks, clockTolerance: 1e9, currentDate: new Date(now()) }',
      },
    ],
    violates: ['expiredAccepted'],
  },
  {
    defect: 'Services do not check for whom a token is.',
    changes: [
      {
        kind: 'source',
        file: verifier,
        find: '    audience: options.audience,\n    typ',
        replace: '    typ',
      },
    ],
    violates: ['othersAccepted'],
  },
  {
    defect: 'Retired signing keys stay in the key set.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/platform-services/sessions/signing-keys.ts',
        find: 'where published_until is null or published_until > now()',
        replace: 'where true',
      },
    ],
    violates: ['othersAccepted'],
  },
];
