import type { Break } from '../../../harness/engine/index.ts';

export const rotationBreaks: readonly Break[] = [
  {
    defect: 'Services keep an earlier key until they fetch the key set again.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/auth/token-verifier.ts',
        find: 'performance.now() - known.atMs < jwksMaxAgeMs && endOf(header.kid) > now()',
        replace: 'performance.now() - known.atMs < jwksMaxAgeMs',
      },
    ],
    violates: ['openAfterEnd'],
  },
  {
    defect: 'The key that signs is never replaced.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/platform-services/sessions/signing-keys.ts',
        find: 'if (state.current === undefined || tooOld) {',
        replace: 'if (state.current === undefined && !tooOld) {',
      },
    ],
    violates: ['newKeySigns'],
  },
];
