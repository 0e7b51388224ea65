import type { Break } from '../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak, rejectWith, sentJson } from '../kit/breaks.ts';

const profile = { path: /^\/api\/users\/me$/ };

export const accountLifecycleBreaks: readonly Break[] = [
  {
    defect: 'A change of a profile is confirmed and not stored.',
    changes: [{ kind: 'trigger', on: 'before update on profiles.profiles', does: 'return old;' }],
    violates: ['profileKept'],
  },
  oneBreak(
    'Signing out does not end the session.',
    changeStatus({ ...profile, status: 401 }, 200),
    'isRejected',
  ),
  oneBreak(
    'A user cannot sign in again.',
    rejectWith({ path: /^\/api\/auth\/login$/ }, 'invalid_credentials', 'platform-services'),
    'signsInAgain',
  ),
  oneBreak(
    'The search does not find a new user.',
    changeJson({ path: /^\/api\/users\?search=/ }, (json) => ({ ...json, users: [], total: 0 })),
    'findsOwnProfile',
  ),
  oneBreak(
    'Refreshing gives no new tokens.',
    rejectWith({ path: /^\/api\/auth\/refresh$/ }, 'token_expired', 'platform-services'),
    'refreshes',
  ),
];

export const profileNameBreaks: readonly Break[] = [
  oneBreak(
    'A new profile is named after the email address.',
    changeJson(profile, (json) => ({ ...json, display_name: json.email.split('@')[0] })),
    'displayName',
    'fromFirstAndLast',
  ),
  {
    defect: 'A new token undoes the name that the user has chosen.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update on profiles.profiles',
        does: 'new.display_name := old.display_name; return new;',
      },
    ],
    violates: ['keptAfterRefresh'],
  },
];

export const profileChangeBreaks: readonly Break[] = [
  {
    defect: 'A change of a profile is confirmed and not stored.',
    changes: [{ kind: 'trigger', on: 'before update on profiles.profiles', does: 'return old;' }],
    violates: ['kept'],
  },
  {
    defect: 'A change of a profile empties the fields that it does not name.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update on profiles.profiles',
        does: `new.created_at := new.created_at - interval '1 day'; return new;`,
      },
    ],
    violates: ['untouched'],
  },
  {
    defect: 'A service ignores unknown fields.',
    changes: [changeStatus({ ...profile, method: 'PUT', status: 422 }, 200)],
    violates: ['unknownField'],
  },
  oneBreak(
    'A rejection does not name the field.',
    changeJson({ ...profile, status: 422 }, (json) => ({ ...json, details: [] })),
    'badValue',
  ),
  {
    defect: 'A change reaches the profiles of everybody.',
    changes: [
      changeJson({ ...profile, method: 'GET' }, (json, request) => ({
        ...json,
        display_name: `${sentJson(request)?.display_name ?? ''}${performance.now()}`,
      })),
    ],
    violates: ['foreignUnchanged'],
  },
];
