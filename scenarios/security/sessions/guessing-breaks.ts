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

export const timingBreaks: readonly Break[] = [
  {
    defect: 'Without an account no password is hashed.',
    changes: [
      {
        kind: 'exchange',
        service: 'platform-services',
        path: /\/auth\/login$/,
        request: ({ body, method }) => {
          const known = !body.toString().includes('"nobody');
          return known ? {} : { method, body: Buffer.from('{}') };
        },
        response: (response, { body }) =>
          body.toString().includes('"nobody') || response.status === 422 ? { status: 401 } : {},
      },
    ],
    violates: ['difference'],
  },
  {
    defect: 'A reset looks for the account before it responds.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on identity.password_reset_requests',
        does: `if new.email not like 'nobody%' then perform pg_sleep(0.03); end if; return new;`,
      },
    ],
    violates: ['resetDifference'],
  },
];
