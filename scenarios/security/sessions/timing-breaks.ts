import type { Break } from '../../../harness/engine/index.ts';

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
