import type { Break } from '../../harness/engine/index.ts';

const login = 'platform/services/platform-services/accounts/account-handlers.ts';
const answer = '      const { email, password } = request.body;\n';

export const logBreaks: readonly Break[] = [
  {
    defect: 'platform-services logs the password of a sign-in.',
    changes: [
      {
        kind: 'source',
        file: login,
        find: answer,
        replace: `${answer}      request.log.info({ attempt: Buffer.from(\`\${email} \${password}\`).toString('base64') }, 'sign-in');\n`,
      },
    ],
    violates: ['secretsInLogs'],
  },
  {
    defect: 'The gateway logs access tokens in a form that names nothing.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/routing/request-policy.ts',
        find: '      const presented = bearerToken(request);\n',
        replace:
          "      const presented = bearerToken(request);\n      console.log('caller', presented.split('.').at(-1));\n",
      },
    ],
    violates: ['secretsInLogs'],
  },
];

/** An answer with one more field. */
const withField = (name: string, value: string) => ({
  kind: 'exchange' as const,
  path: /\/auth\/(?:me|login)$/,
  response: ({ body, status }: { body: Buffer; status: number }) =>
    status < 300
      ? {
          body: Buffer.from(
            body.toString().replace(/^\{/, `{${JSON.stringify(name)}:${JSON.stringify(value)},`),
          ),
        }
      : {},
});

export const responseBreaks: readonly Break[] = [
  {
    defect: 'The account of a user is returned with its password hash.',
    changes: [
      withField('credential', '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2g'),
    ],
    violates: ['secretsInResponses'],
  },
  {
    defect: 'A response contains a private key.',
    changes: [withField('key', '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----')],
    violates: ['secretsInResponses'],
  },
  {
    defect: 'A rejected sign-in repeats the password.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /\/auth\/login$/,
        response: ({ status, body }, request) =>
          status === 401
            ? {
                body: Buffer.from(
                  JSON.stringify({
                    ...JSON.parse(body.toString()),
                    input: JSON.parse(request.body.toString()),
                  }),
                ),
              }
            : {},
      },
    ],
    violates: ['secretsInResponses'],
  },
];
