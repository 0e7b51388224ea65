import type { Break } from '../../../harness/engine/index.ts';

const accounts = 'platform/services/platform-services/accounts';

export const guessingBreaks: readonly Break[] = [
  {
    defect: 'The lockout counts nothing.',
    changes: [
      {
        kind: 'source',
        file: `${accounts}/lockout.ts`,
        find: 'if (Number(failures) < failuresAllowed) return;',
        replace: 'if (Number(failures) >= 0 || failures === null) return;',
      },
      {
        kind: 'source',
        file: `${accounts}/lockout.ts`,
        find: 'if (remaining > 0) throw locked(remaining);',
        replace: '',
      },
    ],
    violates: ['notLocked'],
  },
  {
    defect: 'A lockout never ends.',
    changes: [
      {
        kind: 'source',
        file: `${accounts}/lockout.ts`,
        find: 'if (failures === 1) await withRedis(() => redis.expire(key, lockoutSeconds));',
        replace: '',
      },
    ],
    violates: ['afterLockout'],
  },
  {
    defect: 'The gateway counts sign-ins per request instead of per address.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /\/auth\/login$/,
        response: ({ status }) => (status === 429 ? { status: 401 } : {}),
      },
    ],
    violates: ['sprayedGuesses'],
  },
];
