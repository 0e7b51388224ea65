import type { Break, ProxiedResponse } from '../../../harness/engine/index.ts';

/** Changes the text of a JSON body. */
const rewriting =
  (pattern: RegExp, replacement: string) =>
  ({ body }: ProxiedResponse): Partial<ProxiedResponse> => ({
    body: Buffer.from(body.toString().replace(pattern, replacement)),
  });

export const clientBreaks: readonly Break[] = [
  {
    defect: 'The list of files is public at the gateway.',
    changes: [
      {
        kind: 'source',
        file: 'platform/contracts/file-service/contract.ts',
        find: "summary: 'List the files of the caller’s workspaces, newest first',\n      access: 'user',\n      needs: { right: 'read', of: 'visible' },\n      scope: 'files:read',",
        replace:
          "summary: 'List the files of the caller’s workspaces, newest first',\n      access: 'public',",
      },
    ],
    violates: ['access', 'rights'],
  },
  {
    defect: 'A response of the gateway’s document has the hash of a password.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/openapi\.json$/,
        response: rewriting(/"email_verified":\{/, '"password_hash":{"type":"string"},"email_verified":{'),
      },
    ],
    violates: ['responseFields'],
  },
];

export const serviceBreaks: readonly Break[] = [
  {
    defect: 'Viewers may delete files by the contract of the file service.',
    changes: [
      {
        kind: 'exchange',
        service: 'file-service',
        path: /^\/openapi\.json$/,
        response: rewriting(/"right":"edit"/, '"right":"read"'),
      },
    ],
    violates: ['rights', 'contract'],
  },
  {
    defect: 'The profile takes the tenant of the user from the request.',
    changes: [
      {
        kind: 'exchange',
        service: 'user-service',
        path: /^\/openapi\.json$/,
        response: rewriting(/"avatar_url":\{/g, '"tenant_id":{"type":"string"},"avatar_url":{'),
      },
    ],
    violates: ['requestFields', 'contract'],
  },
];

export const answerBreaks: readonly Break[] = [
  {
    defect: 'The signed-in user gets the hash of the password.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/auth\/me$/,
        response: rewriting(/^\{/, '{"password_hash":"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",'),
      },
    ],
    violates: ['unapproved', 'secrets'],
  },
  {
    defect: 'A problem contains the stack of the exception.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/users\/not-an-id$/,
        response: rewriting(/^\{/, '{"stack":"Error: at handler (app.ts:1:1)",'),
      },
    ],
    violates: ['unapproved'],
  },
];
