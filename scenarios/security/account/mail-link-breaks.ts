import type { Break } from '../../../harness/engine/index.ts';

const tokens = 'platform/services/platform-services/recovery/account-tokens.ts';
const accounts = 'platform/services/platform-services/accounts';

export const linkBreaks: readonly Break[] = [
  {
    defect: 'The token of any mail serves every purpose.',
    changes: [
      {
        kind: 'source',
        file: tokens,
        find: 'where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now() returning',
        replace:
          'where token_hash = $1 and $2::text is not null and used_at is null and expires_at > now() returning',
      },
    ],
    violates: ['otherPurposes'],
  },
  {
    // One that is not marked at all is deleted with the unused ones.
    defect: 'The use of a token is not compared.',
    changes: [
      {
        kind: 'source',
        file: tokens,
        find: 'purpose = $2 and used_at is null and expires_at > now() returning email',
        replace: 'purpose = $2 and expires_at > now() returning email',
      },
    ],
    violates: ['again'],
  },
  {
    defect: 'Links lead to another host.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/platform-services/recovery/reset-password.ts',
        find: "mailer.linkTo('/auth/reset-password', token)",
        replace: "mailer.linkTo('/auth/reset-password', token).replace(/[^/]+(?=\\/auth)/, 'evil.example')",
      },
    ],
    violates: ['foreignLinks'],
  },
];

export const expiryBreaks: readonly Break[] = [
  {
    defect: 'The expiry of a token in a mail is not compared.',
    changes: [
      {
        kind: 'source',
        file: tokens,
        find: 'purpose = $2 and used_at is null and expires_at > now() returning email',
        replace: 'purpose = $2 and used_at is null returning email',
      },
    ],
    violates: ['worksAfterExpiry'],
  },
  {
    defect: 'An expired invitation can be used for a registration.',
    changes: [
      {
        kind: 'source',
        file: `${accounts}/register-statement.ts`,
        find: 'accepted_at is null and expires_at > now()',
        replace: 'accepted_at is null',
      },
    ],
    violates: ['worksAfterExpiry'],
  },
  {
    defect: 'Links work for a month.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on identity.account_tokens',
        does: "new.expires_at := now() + interval '30 days'; return new;",
      },
    ],
    violates: ['tooLong'],
  },
];
