import type { Break } from '../../harness/engine/index.ts';
import { accepts, answers, broken, requests, statusOf } from './breaks.ts';

/** Red proofs of the checks of registration, sign-in and passwords, by check. */
export const accountBreaks = {
  createsAccount: [
    broken(
      'Registration returns the session of nobody.',
      answers('register', () => ({})),
      'body',
    ),
  ],
  missingField: [
    broken('A missing field ends in an internal error.', statusOf('register', 422, 500), 'status'),
    broken(
      'The rejection names no field.',
      answers('register', ({ details: _gone, ...json }, _request, status) =>
        status === 422 ? json : undefined,
      ),
      'locations',
    ),
  ],
  weakPassword: [
    broken('Registration accepts common passwords.', statusOf('register', 422, 201), 'acceptedWeak'),
    broken(
      'Registration demands a digit.',
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/auth\/register$/,
        response: (response, { body }) =>
          /"password":"[^"\d]*"/.test(body.toString()) ? { status: 422 } : response,
      },
      'rejectedGood',
    ),
  ],
  duplicate: [
    broken('An address can be registered twice.', statusOf('register', 409, 201), 'status', 'otherCase'),
  ],
  race: [
    broken(
      'Registrations at the same time all succeed.',
      statusOf('register', 409, 201),
      'created',
      'rejected',
    ),
  ],
  sixtyRegister: [
    broken('A second registration of an address succeeds.', statusOf('register', 409, 201), 'duplicates'),
    broken(
      'user-service rejects new tokens.',
      { kind: 'exchange', service: 'user-service', path: /^\/users\/me/, response: () => ({ status: 401 }) },
      'tokenUses',
      'tokensRejected',
    ),
  ],
  sixtyLogin: [
    broken('Sign-in fails under concurrency.', statusOf('login', 200, 503), 'signedIn', 'unexpected'),
  ],
  login: [
    broken('Sign-in fails.', statusOf('login', 200, 500), 'status'),
    broken(
      'The address is compared with its case.',
      {
        kind: 'exchange',
        path: /^\/api\/auth\/login$/,
        response: (response, { body }) =>
          /"email":"[^a-z"]*"/.test(body.toString()) ? { status: 401 } : response,
      },
      'upperCaseEmail',
    ),
  ],
  wrongPassword: [
    broken('Any password signs in.', accepts('login', 401, { access_token: 'any' }), 'status', 'tokens'),
    broken(
      'Passwords are compared without their case.',
      {
        kind: 'exchange',
        path: /^\/api\/auth\/login$/,
        response: (response, { body }) =>
          /"password":"[^A-Z"]*-[^A-Z"]*"/.test(body.toString()) ? { status: 200 } : response,
      },
      'acceptedVariants',
    ),
  ],
  unknownEmail: [
    broken(
      'A sign-in without an account is rejected with other words.',
      answers('login', (json, { body }) =>
        body.toString().includes('"nobody') ? { ...json, message: 'There is no such account.' } : undefined,
      ),
      'sameResponse',
    ),
  ],
  username: [
    broken(
      'The rejection repeats the body.',
      {
        kind: 'exchange',
        path: /^\/api\/auth\/login$/,
        response: ({ body, status }, request) =>
          status === 422
            ? {
                body: Buffer.from(
                  JSON.stringify({ ...JSON.parse(body.toString()), input: String(request.body) }),
                ),
              }
            : {},
      },
      'passwordEchoed',
    ),
  ],
  changePassword: [
    broken(
      'The new password is not stored.',
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/auth\/change-password$/,
        response: () => ({ status: 204, body: Buffer.alloc(0) }),
        request: ({ headers }) => ({ headers: { ...headers, authorization: 'Bearer none' } }),
      },
      'oldPassword',
      'newPassword',
      'otherSession',
    ),
  ],
  wrongCurrent: [
    broken(
      'The current password is not compared.',
      statusOf('change-password', 401, 204),
      'status',
      'withoutToken',
    ),
    broken('A weak new password is accepted.', statusOf('change-password', 422, 204), 'weakNewPassword'),
  ],
  personalToken: [
    broken(
      'A key does what its scopes do not allow.',
      {
        kind: 'exchange',
        path: /^\/api\/(?:files|auth\/sessions)/,
        response: ({ status }) => (status === 403 ? { status: 200 } : {}),
      },
      'rejected',
    ),
    broken(
      'Keys are created with more scopes than asked for.',
      requests('tokens', (json) => ({
        ...json,
        scopes: [...((json.scopes ?? []) as string[]), 'data.records:write'],
      })),
      'scopesShown',
      'rejected',
    ),
  ],
} as const satisfies Readonly<Record<string, readonly Break[]>>;
