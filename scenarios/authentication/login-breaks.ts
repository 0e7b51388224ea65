import type { Break } from '../../harness/engine/index.ts';
import { changeHeaders, changeJson, changeStatus, oneBreak, rejectWith, sentJson } from '../kit/breaks.ts';

const login = { method: 'POST', path: /^\/api\/auth\/login$/ };
const me = { method: 'GET', path: /^\/api\/auth\/me$/ };
const changePassword = { method: 'POST', path: /^\/api\/auth\/change-password$/ };
const otherId = '00000000-0000-4000-8000-000000000001';

export const loginBreaks: readonly Break[] = [
  oneBreak(
    'Signing in fails inside the service.',
    rejectWith(login, 'internal', 'platform-services'),
    'status',
    'tokenWorks',
  ),
  oneBreak(
    'Signing in gives the session of another user.',
    changeJson(me, (json) => ({ ...json, id: otherId })),
    'sameUser',
  ),
  oneBreak(
    'Emails are compared with their case.',
    rejectWith(
      { ...login, when: (request) => /[A-Z]/.test(String(sentJson(request)?.email)) },
      'invalid_credentials',
      'platform-services',
    ),
    'upperCaseEmail',
  ),
];

export const wrongPasswordBreaks: readonly Break[] = [
  {
    defect: 'Every password is correct.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/platform-services/accounts/passwords.ts',
        find: 'const matches = await run(() => argon2.verify(compared, password));',
        replace: 'const matches = (await run(() => argon2.verify(compared, password))) || true;',
      },
    ],
    violates: ['status', 'acceptedVariants'],
  },
  oneBreak(
    'A rejection carries tokens.',
    changeJson({ ...login, status: 401 }, (json) => ({ ...json, access_token: 'eyJ.eyJ.sig' })),
    'tokens',
  ),
  oneBreak(
    'A wrong password locks the account at once.',
    rejectWith({ ...login, status: 200 }, 'account_locked', 'platform-services'),
    'correctPassword',
  ),
];

export const unknownEmailBreaks: readonly Break[] = [
  oneBreak(
    'The message tells that the account does not exist.',
    changeJson({ ...login, when: (request) => /nobody/.test(String(sentJson(request)?.email)) }, (json) => ({
      ...json,
      message: 'There is no account with this email.',
    })),
    'sameResponse',
  ),
  oneBreak(
    'An unknown email is not found.',
    rejectWith(
      { ...login, when: (request) => /nobody/.test(String(sentJson(request)?.email)) },
      'not_found',
      'platform-services',
    ),
    'status',
    'sameResponse',
  ),
  oneBreak(
    'Only a known account has a header with the remaining attempts.',
    changeHeaders(
      { ...login, when: (request) => !/nobody/.test(String(sentJson(request)?.email)) },
      { 'x-attempts-left': '4' },
    ),
    'sameHeaders',
  ),
];

export const usernameBreaks: readonly Break[] = [
  oneBreak(
    'A missing email is a wrong password.',
    rejectWith({ ...login, status: 422 }, 'invalid_credentials', 'platform-services'),
    'status',
    'location',
  ),
  oneBreak(
    'A rejection repeats the password.',
    changeJson({ ...login, status: 422 }, (json, request) => ({
      ...json,
      details: json.details.map((one: object) => ({ ...one, input: sentJson(request)?.password })),
    })),
    'passwordEchoed',
  ),
];

export const changePasswordBreaks: readonly Break[] = [
  {
    defect: 'A changed password is confirmed and not stored.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of password_hash on identity.users',
        does: 'new.password_hash := old.password_hash; return new;',
      },
    ],
    violates: ['oldPassword', 'newPassword'],
  },
  {
    defect: 'Other sessions outlive a changed password.',
    changes: [
      changeStatus({ ...me, status: 401 }, 200),
      changeStatus({ path: /^\/api\/auth\/refresh$/, status: 401 }, 200),
    ],
    violates: ['otherSession', 'otherRefresh'],
  },
];

export const changePasswordWrongBreaks: readonly Break[] = [
  oneBreak(
    'A password changes without the current one.',
    changeStatus({ ...changePassword, status: 401 }, 204),
    'status',
    'withoutToken',
  ),
  oneBreak(
    'A new password may be a common one.',
    changeStatus({ ...changePassword, status: 422 }, 204),
    'weakNewPassword',
  ),
  oneBreak(
    'A failed change locks the user out.',
    rejectWith(login, 'invalid_credentials', 'platform-services'),
    'passwordUnchanged',
  ),
];
