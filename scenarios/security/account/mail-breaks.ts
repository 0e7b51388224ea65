import type { Break } from '../../../harness/engine/index.ts';
import { answers, broken, statusOf } from '../../authentication/breaks.ts';

/** Red proofs of the checks of mails, by check. */
export const mailBreaks = {
  confirmed: [
    broken('A link confirms an address twice.', statusOf('verify-email', 404, 204), 'again'),
    broken(
      'A new account counts as confirmed.',
      answers('me', (json) => ({ ...json, email_verified: true })),
      'before',
    ),
  ],
  reset: [
    broken('A common password replaces a lost one.', statusOf('reset-password', 422, 204), 'weakPassword'),
    broken('A link resets a password twice.', statusOf('reset-password', 404, 204), 'again'),
    broken(
      'The response shows whether there is an account.',
      {
        kind: 'exchange',
        path: /^\/api\/auth\/forgot-password$/,
        response: (response, { body }) => (body.toString().includes('"nobody') ? { status: 404 } : response),
      },
      'sameAsUnknown',
    ),
    broken('Sessions survive a reset.', statusOf('refresh', 401, 200), 'oldSession'),
  ],
  undo: [
    broken('The address changes without the password.', statusOf('change-email', 401, 202), 'wrongPassword'),
    broken('Sessions survive the undoing.', statusOf('me', 401, 200), 'sessionAfterUndo'),
  ],
} as const satisfies Readonly<Record<string, readonly Break[]>>;
