import type { Fault } from '../fault.ts';
import { availableCheck, clockMoved, source, variablesOf } from './parts.ts';

const green = ['services.mcp-server.ready', 'services.user-service.ready'];
const registration = { email: 'blocker@readiness.test', password: 'correct horse battery staple 4' };

/** Faults of registration, sign-in and tokens. */
export const signInFaults: readonly Fault[] = [
  {
    id: 'sign-in.register-500',
    title: 'Registration fails with an internal error',
    layer: 'sign-in',
    blockers: ['P2'],
    recorded:
      "HTTP 500 Internal Server Error: get_metrics() missing 1 required positional argument: 'request'",
    cause: 'A function that registration calls has got one more parameter.',
    fix: 'Call it as it is declared; let the types of the program be checked.',
    defaultService: 'platform-services',
    symptom: /get_metrics|500/,
    in: () => ({
      changes: [
        source(
          'services/platform-services/accounts/account-handlers.ts',
          "      await assertStrongPassword(body.password, 'password', [body.email, body.name ?? '']);\n",
          `      throw new TypeError("get_metrics() missing 1 required positional argument: 'request'");\n`,
        ),
      ],
      bite: { kind: 'request', path: '/api/auth/register', body: registration, shows: /^500 / },
      red: ['authentication.register.creates-account'],
      green,
    }),
  },
  {
    id: 'sign-in.id-types-differ',
    title: 'The program and the database have different types of ids',
    layer: 'sign-in',
    blockers: ['B7', 'P2'],
    recorded: 'operator does not exist: uuid = integer',
    cause: 'The column was changed to uuid, the query compares it with a number.',
    fix: 'Use the type of the column in every query.',
    defaultService: 'platform-services',
    symptom: /uuid = integer|42883|500/,
    in: () => ({
      changes: [
        source(
          'services/platform-services/accounts/accounts.ts',
          "text: 'select * from identity.find_account($1)'",
          "text: 'select * from identity.users where id = 1 and $1::text is not null'",
        ),
      ],
      bite: { kind: 'request', path: '/api/auth/login', body: registration, shows: /^500 / },
      red: ['authentication.register.creates-account'],
      green,
    }),
  },
  {
    id: 'sign-in.field-drift',
    title: 'Sign-in expects another field than its clients send',
    layer: 'sign-in',
    blockers: ['P3', 'P4'],
    recorded: 'HTTP 422: Field required, loc [body, email]; the input has username',
    cause: 'The schema of the service and its clients were changed apart.',
    fix: 'Make clients and schema from one contract.',
    defaultService: 'platform-services',
    symptom: /422/,
    in: () => ({
      changes: [
        source(
          'contracts/platform-services/authentication.ts',
          "body: z.object({ email, password: currentPassword }),\n    success: { status: 200, description: 'A new session'",
          "body: z.object({ username: email, password: currentPassword }),\n    success: { status: 200, description: 'A new session'",
        ),
      ],
      bite: { kind: 'request', path: '/api/auth/login', body: registration, shows: /^422 .*username/ },
      red: ['authentication.login.creates-session'],
      green,
    }),
  },
  {
    id: 'sign-in.no-token',
    title: 'Sign-in responds without a token',
    layer: 'sign-in',
    blockers: ['P4'],
    recorded: 'Skipped: no session token available',
    cause: 'Something between service and client drops a field of the response.',
    fix: 'Compare the response of the service with that of the gateway.',
    defaultService: 'platform-services',
    symptom: /access_token|token/,
    in: () => ({
      changes: [
        {
          kind: 'link',
          from: 'gateway',
          to: 'platform-services',
          does: {
            method: 'POST',
            path: /^\/auth\/login/,
            response: ({ status, body }) => {
              if (status !== 200) return {};
              const { access_token: _token, ...rest } = JSON.parse(body.toString()) as Record<
                string,
                unknown
              >;
              return { body: Buffer.from(JSON.stringify(rest)) };
            },
          },
        },
      ],
      bite: {
        kind: 'request',
        signedIn: true,
        path: '/api/auth/login',
        body: { email: '{email}', password: '{password}' },
        shows: /^200 \d+: (?!.*access_token)/,
      },
      red: ['authentication.login.creates-session'],
      green,
    }),
  },
  {
    id: 'sign-in.500-for-bad-token',
    title: 'A token that cannot be read is an internal error',
    layer: 'sign-in',
    blockers: ['B16'],
    recorded: 'Missing or invalid Bearer: 500',
    cause: 'The exception that the code throws for it does not exist.',
    fix: 'Answer every token that is not valid with 401.',
    defaultService: 'platform-services',
    symptom: /500/,
    in: () => ({
      changes: [
        source(
          'kit/auth/token-verifier.ts',
          "      throw rejection('unauthenticated', error);\n",
          "      throw new TypeError('InvalidTokenException is not defined', { cause: error });\n",
        ),
      ],
      bite: {
        kind: 'request',
        path: '/api/auth/me',
        headers: { authorization: 'Bearer not.a.token' },
        shows: /^500 /,
      },
      red: ['authentication.me.rejects-malformed-token'],
      green,
    }),
  },
  {
    id: 'tokens.foreign-keys',
    title: 'A service gets other keys than those that sign the tokens',
    layer: 'sign-in',
    blockers: ['P4', 'B9'],
    recorded: 'JWT validation fails: 401 for every signed-in user',
    cause: 'The key set of the service is that of another deployment.',
    fix: 'Lead the service to the key set of this platform.',
    defaultService: 'user-service',
    symptom: /401/,
    in: (service) => ({
      changes: [
        {
          kind: 'link',
          from: service,
          to: 'platform-services',
          does: { path: /jwks/, response: () => ({ body: Buffer.from('{"keys":[]}') }) },
        },
      ],
      bite: { kind: 'request', signedIn: true, service, path: '/users/me', shows: /^401 / },
      red: [availableCheck(service)],
      green: ['authentication.login.creates-session'],
    }),
  },
  {
    id: 'tokens.other-issuer',
    title: 'A service expects tokens of another issuer',
    layer: 'sign-in',
    blockers: ['P4', 'B9'],
    recorded: '401 Invalid API key; later 401 Missing user context',
    cause: 'The setting JWT_ISSUER of one service differs from that of the others.',
    fix: 'Give all services the same issuer.',
    defaultService: 'saga-service',
    symptom: /401/,
    in: (service) => ({
      changes: [variablesOf(service, { JWT_ISSUER: 'pyairtable-staging' })],
      bite: { kind: 'request', signedIn: true, service, path: '/saga', shows: /^401 / },
      red: ['services.saga-service.complete'],
      green: ['authentication.login.creates-session'],
    }),
  },
  {
    id: 'tokens.moved-clock',
    title: 'The clock of a service is twenty minutes ahead',
    layer: 'sign-in',
    blockers: [],
    recorded: 'Sporadic 401: the token has expired',
    cause: 'The machine of the service does not synchronize its clock.',
    fix: 'Synchronize the clocks of all machines.',
    defaultService: 'user-service',
    symptom: /401|expired/,
    in: (service) => ({
      changes: [clockMoved(service, 20 * 60_000)],
      bite: { kind: 'request', signedIn: true, service, path: '/users/me', shows: /^401 .*token_expired/ },
      red: [availableCheck(service)],
      green: ['authentication.login.creates-session'],
    }),
  },
  {
    id: 'tokens.live-an-hour',
    title: 'Access tokens live an hour',
    layer: 'security',
    blockers: [],
    recorded: 'A stolen token works for an hour',
    cause: 'The setting ACCESS_TOKEN_SECONDS was raised for a test.',
    fix: 'Remove the setting.',
    defaultService: 'platform-services',
    symptom: /3600/,
    in: (service) => ({
      changes: [variablesOf(service, { ACCESS_TOKEN_SECONDS: '3600' })],
      bite: {
        kind: 'request',
        signedIn: true,
        path: '/api/auth/login',
        body: { email: '{email}', password: '{password}' },
        shows: /^200 .*"expires_in":3600/,
      },
      red: ['security.tokens.lifetimes-within-policy'],
      green,
    }),
  },
];
