import type { Sabotage } from '../../../testing/with-triggers.ts';

const tokensStay: readonly Sabotage[] = [
  {
    on: 'before update of used_at on identity.account_tokens',
    does: 'new.used_at := null; return new;',
  },
  { on: 'before delete on identity.account_tokens', does: 'return null;' },
];
const sessionsStay: Sabotage = {
  on: 'before update of revoked_at on identity.sessions',
  does: 'return null;',
};

/** A defect, the check that must notice it, and what it must observe. */
export const accountSabotages: readonly (readonly [
  defect: string,
  check: string,
  sabotages: readonly Sabotage[],
  observed: Record<string, unknown>,
])[] = [
  [
    'a link that confirms nothing',
    'address-is-confirmed-by-mail',
    [
      {
        on: 'before update of email_verified_at on identity.users',
        does: 'new.email_verified_at := null; return new;',
      },
    ],
    { confirmed: 204, after: false },
  ],
  [
    'a link of a confirmation that works again',
    'address-is-confirmed-by-mail',
    tokensStay,
    { after: true, again: 204 },
  ],
  [
    'a reset that shows which addresses have accounts',
    'lost-password-is-replaced-by-mail',
    [
      {
        on: 'before insert on identity.password_reset_requests',
        does: `if not exists (select from identity.find_account(new.email)) then
                 raise exception 'no such account';
               end if;
               return new;`,
      },
    ],
    { known: 202, sameAsUnknown: false },
  ],
  [
    'a link of a reset that works again',
    'lost-password-is-replaced-by-mail',
    tokensStay,
    { reset: 204, again: 204 },
  ],
  [
    'a reset that keeps the old password',
    'lost-password-is-replaced-by-mail',
    [
      {
        on: 'before update of password_hash on identity.users',
        does: 'new.password_hash := old.password_hash; return new;',
      },
    ],
    { reset: 204, oldPassword: 200, newPassword: 401 },
  ],
  [
    'a reset that keeps sessions',
    'lost-password-is-replaced-by-mail',
    [sessionsStay],
    { reset: 204, oldSession: 200 },
  ],
  [
    'a link that changes no address',
    'address-change-can-be-undone',
    [{ on: 'before update of email on identity.users', does: 'new.email := old.email; return new;' }],
    { confirmed: 204, changed: false },
  ],
  [
    'an undone change that keeps the new address',
    'address-change-can-be-undone',
    [
      {
        on: 'before update of email on identity.users',
        does: `if exists (select from identity.account_tokens where user_id = new.id and purpose = 'undo_email_change') then
                 new.email := old.email;
               end if;
               return new;`,
      },
    ],
    { undone: 204, newAddress: 200, oldAddress: 401 },
  ],
  [
    'an undone change that keeps sessions',
    'address-change-can-be-undone',
    [sessionsStay],
    { undone: 204, sessionAfterUndo: 200 },
  ],
  [
    'an archive that can be downloaded again',
    'export-has-every-row',
    [
      {
        on: 'before update of status on identity.exports',
        does: `if new.status = 'downloaded' then new.status := old.status; end if; return new;`,
      },
      {
        on: 'before delete on identity.export_parts',
        does: `if exists (select from identity.exports where id = old.export_id) then return null; end if; return old;`,
      },
    ],
    { download: 200, again: 200 },
  ],
];
