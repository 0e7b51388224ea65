import type { Break } from '../../harness/engine/index.ts';
import { changeJson, changeSentJson, changeStatus, oneBreak, rejectWith, sentJson } from '../kit/breaks.ts';

const register = { method: 'POST', path: /^\/api\/auth\/register$/ };

export const registerBreaks: readonly Break[] = [
  oneBreak(
    'Registration fails inside the service.',
    rejectWith(register, 'internal', 'platform-services'),
    'status',
    'tokenWorks',
  ),
  oneBreak(
    'A client chooses its own role.',
    changeJson(register, (json, request) => ({
      ...json,
      user: { ...json.user, role: sentJson(request)?.role ?? json.user.role },
    })),
    'role',
  ),
  oneBreak(
    'The account has another email than the given one.',
    changeSentJson(register, (json) => ({ ...json, email: `other-${json.email}` })),
    'emailAsGiven',
  ),
];

export const missingFieldBreaks: readonly Break[] = [
  oneBreak(
    'A missing field is an internal error.',
    rejectWith({ ...register, status: 422 }, 'internal', 'platform-services'),
    'status',
    'locations',
  ),
  oneBreak(
    'A rejection does not name the field.',
    changeJson({ ...register, status: 422 }, (json) => ({
      ...json,
      details: json.details.map((one: object) => ({ ...one, loc: ['body'] })),
    })),
    'locations',
  ),
];

export const weakPasswordBreaks: readonly Break[] = [
  oneBreak(
    'Common passwords are accepted.',
    changeStatus(
      { ...register, status: 422, when: (request) => sentJson(request)?.password.length >= 8 },
      201,
    ),
    'acceptedWeak',
  ),
  oneBreak(
    'Passwords of 7 characters are accepted.',
    changeStatus(
      { ...register, status: 422, when: (request) => sentJson(request)?.password.length < 8 },
      201,
    ),
    'acceptedWeak',
  ),
  oneBreak(
    'A password needs a digit.',
    rejectWith(
      { ...register, when: (request) => !/\d/.test(sentJson(request)?.password) },
      'validation_failed',
      'platform-services',
    ),
    'rejectedGood',
  ),
];

export const duplicateBreaks: readonly Break[] = [
  oneBreak(
    'An email in capital letters is another account.',
    changeStatus(
      { ...register, status: 409, when: (request) => /[A-Z]{3}/.test(String(sentJson(request)?.email)) },
      201,
    ),
    'otherCase',
  ),
  oneBreak(
    'A duplicate email is an internal error.',
    rejectWith({ ...register, status: 409 }, 'internal', 'platform-services'),
    'status',
    'otherCase',
  ),
  oneBreak(
    'A second registration replaces the password of the first.',
    rejectWith({ method: 'POST', path: /^\/api\/auth\/login$/ }, 'invalid_credentials', 'platform-services'),
    'firstStillWorks',
  ),
];

export const raceBreaks: readonly Break[] = [
  oneBreak(
    'Two of the registrations succeed.',
    changeStatus({ ...register, status: 409 }, 201),
    'created',
    'rejected',
  ),
  oneBreak(
    'The losers of the race get an internal error.',
    rejectWith({ ...register, status: 409 }, 'internal', 'platform-services'),
    'rejected',
    'unexpected',
  ),
];

export const crowdRegisterBreaks: readonly Break[] = [
  oneBreak(
    'Registration fails under concurrency.',
    rejectWith(
      { ...register, when: (request) => /_[0-9a-f]+_\d*7@/.test(String(sentJson(request)?.email)) },
      'internal',
      'platform-services',
    ),
    'created',
    'unexpected',
  ),
  oneBreak(
    'One service rejects the tokens of some users.',
    rejectWith({ service: 'file-service', path: /^\/files$/ }, 'unauthenticated', 'file-service'),
    'tokenUses',
    'tokensRejected',
  ),
];

export const crowdLoginBreaks: readonly Break[] = [
  {
    defect: 'Users who sign in at the same time get the session of each other.',
    changes: [
      changeJson({ method: 'POST', path: /^\/api\/auth\/login$/ }, (json) => ({
        ...json,
        user: { ...json.user, id: '00000000-0000-4000-8000-000000000001' },
      })),
    ],
    violates: ['correctUsers'],
  },
];
