import type { Break } from '../../harness/engine/index.ts';

const signIn = /^\/api\/auth\/login$/;

/** Red proofs of the checks of cookies, stored credentials and exposed secrets. */
export const sessionBreaks: readonly Break[] = [
  {
    defect: 'Scripts can read the cookies of a session.',
    changes: [
      {
        kind: 'exchange',
        service: 'frontend',
        path: signIn,
        response: ({ headers }) => ({
          headers: {
            ...headers,
            'set-cookie': (headers['set-cookie'] ?? []).map((cookie) => cookie.replace(/;\s*HttpOnly/i, '')),
          },
        }),
      },
    ],
    violates: ['cookieProblems'],
  },
  {
    defect: 'A cookie that was planted before the sign-in stays the session.',
    changes: [
      {
        kind: 'exchange',
        service: 'frontend',
        path: signIn,
        response: ({ headers }, { headers: sent }) =>
          sent.cookie?.includes('planted')
            ? {
                headers: {
                  ...headers,
                  'set-cookie': ['__Host-session=planted; Path=/; HttpOnly; Secure; SameSite=Lax'],
                },
              }
            : {},
      },
    ],
    violates: ['fixedSessionIgnored'],
  },
  {
    defect: 'Tokens are in the body of the response, where scripts read them.',
    changes: [
      {
        kind: 'exchange',
        service: 'frontend',
        path: signIn,
        response: ({ body, status }) =>
          status === 200
            ? {
                body: Buffer.from(
                  body.toString().replace(/^\{/, '{"access_token":"eyJhbGciOi.eyJzdWIi.c2ln",'),
                ),
              }
            : {},
      },
    ],
    violates: ['tokensInBody'],
  },
];

export const credentialBreaks: readonly Break[] = [
  {
    defect: 'Password hashes are weaker than declared.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on identity.users',
        does: "new.password_hash := replace(new.password_hash, 'm=19456', 'm=4096'); return new;",
      },
    ],
    violates: ['memory'],
  },
  {
    defect: 'Two equal passwords have the same hash.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on identity.users',
        does: "new.password_hash := '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$' || repeat('a', 43); return new;",
      },
    ],
    violates: ['samePasswordSameHash'],
  },
];

/** A file that a service serves by accident. */
const served = (path: string, body: string) => ({
  kind: 'exchange' as const,
  service: 'file-service' as const,
  path: new RegExp(`^${RegExp.escape(path)}`),
  response: () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from(body) }),
});

export const exposureBreaks: readonly Break[] = [
  {
    defect: 'file-service serves its folder.',
    changes: [served('/.env', 'PORT=1')],
    violates: ['strayFilesServed'],
  },
  {
    defect: 'A page of file-service names the URL of its database.',
    changes: [served('/no-such-place', 'cannot connect to postgres://file_service:hunter22hunter22@db/app')],
    violates: ['secretsInResponses'],
  },
];
