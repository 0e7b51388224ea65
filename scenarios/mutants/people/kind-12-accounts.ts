import { type Mutant, replacing } from '../mutant.ts';

const accounts = 'services/platform-services/accounts';
const recovery = 'services/platform-services/recovery';
const invitations = 'services/platform-services/invitations';
const guessing = ['security.sessions.guessing-is-stopped'] as const;
const invited = ['security.administration.invitations-bound'] as const;
const mailLinks = ['security.account.links-are-bound'] as const;

/** Kind 12: accounts that somebody else can use. */
export const accountMutants: readonly Mutant[] = [
  {
    id: 'accounts.lockout-never-counts',
    kind: 12,
    defect: 'Wrong passwords are not counted.',
    changes: [
      replacing(
        `${accounts}/lockout.ts`,
        'withRedis(() => redis.incr(key))',
        'withRedis(async () => Number(await redis.get(key)))',
      ),
    ],
    caughtBy: guessing,
  },
  {
    id: 'accounts.lockout-far-too-late',
    kind: 12,
    defect: 'An account is locked after 5,000 wrong passwords.',
    changes: [
      replacing(`${accounts}/lockout.ts`, 'const failuresAllowed = 5;', 'const failuresAllowed = 5_000;'),
    ],
    caughtBy: guessing,
  },
  {
    id: 'accounts.lockout-by-spelling',
    kind: 12,
    defect: 'Wrong passwords are counted for each spelling of an address.',
    changes: [replacing(`${accounts}/lockout.ts`, 'update(email.toLowerCase())', 'update(email)')],
    caughtBy: guessing,
  },
  {
    id: 'accounts.lockout-ends-at-once',
    kind: 12,
    defect: 'A locked account is open again after a second.',
    changes: [
      replacing(`${accounts}/lockout.ts`, 'const lockoutSeconds = 900;', 'const lockoutSeconds = 1;'),
    ],
    caughtBy: guessing,
  },
  {
    id: 'accounts.timing-tells-who-exists',
    kind: 12,
    defect: 'A sign-in with an unknown address is rejected without hashing.',
    changes: [
      replacing(
        `${accounts}/verify-password.ts`,
        'const matches = await passwords.verify(account?.password_hash, password);',
        'const matches = account !== undefined && (await passwords.verify(account.password_hash, password));',
      ),
    ],
    caughtBy: ['security.sessions.timing-hides-accounts'],
  },
  {
    id: 'accounts.unknown-address-named',
    kind: 12,
    defect: 'The response to a sign-in tells whether the address has an account.',
    changes: [
      replacing(
        `${accounts}/verify-password.ts`,
        "throw problem('invalid_credentials');",
        "throw problem('invalid_credentials', account === undefined ? { message: 'There is no such account.' } : {});",
      ),
    ],
    caughtBy: ['authentication.login.hides-unknown-email'],
  },
  {
    id: 'accounts.inactive-signs-in',
    kind: 12,
    defect: 'Deactivated users can sign in.',
    changes: [
      replacing(
        `${accounts}/verify-password.ts`,
        "if (!account.is_active) throw problem('account_deactivated');",
        '',
      ),
    ],
    caughtBy: ['security.administration.deactivation-ends-access'],
  },
  {
    id: 'accounts.invitation-of-another-address',
    kind: 12,
    defect: 'Anybody who has the link of an invitation registers with it, with any address.',
    changes: [
      replacing(
        `${accounts}/accounts.ts`,
        'found === undefined || found.email.toLowerCase() !== email.toLowerCase()',
        'found === undefined',
      ),
    ],
    caughtBy: invited,
  },
  {
    id: 'accounts.invitation-accepted-by-another',
    kind: 12,
    defect: 'Any user of the tenant accepts an invitation to somebody else.',
    changes: [
      replacing(
        `${invitations}/accept-invitation.ts`,
        'found === undefined || found.email.toLowerCase() !== email.toLowerCase()',
        'found === undefined || email === undefined',
      ),
    ],
    caughtBy: invited,
  },
  {
    id: 'accounts.invitation-used-twice',
    kind: 12,
    defect: 'An invitation that was accepted works again.',
    changes: [
      replacing(
        `${invitations}/accept-invitation.ts`,
        'where token_hash = $1 and accepted_at is null and expires_at > now() returning',
        'where token_hash = $1 and expires_at > now() returning',
      ),
    ],
    caughtBy: invited,
  },
  {
    id: 'accounts.invitation-never-expires',
    kind: 12,
    defect: 'A registration with an expired invitation is accepted.',
    changes: [
      replacing(
        `${accounts}/register-statement.ts`,
        'and accepted_at is null and expires_at > now()',
        'and accepted_at is null',
      ),
    ],
    caughtBy: ['security.account.links-expire'],
  },
  {
    id: 'accounts.mail-link-used-twice',
    kind: 12,
    defect: 'The link of a mail works several times.',
    changes: [
      replacing(
        `${recovery}/account-tokens.ts`,
        'where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now() returning',
        'where token_hash = $1 and purpose = $2 and expires_at > now() returning',
      ),
      replacing(
        `${recovery}/account-tokens.ts`,
        'where t.token_hash = $1 and t.purpose = $2 and t.used_at is null and',
        'where t.token_hash = $1 and t.purpose = $2 and',
      ),
    ],
    caughtBy: mailLinks,
  },
  {
    id: 'accounts.mail-link-for-every-purpose',
    kind: 12,
    defect: 'The link that confirms an address also resets the password.',
    changes: [
      replacing(
        `${recovery}/account-tokens.ts`,
        'where token_hash = $1 and purpose = $2 and used_at',
        "where token_hash = $1 and $2 <> '' and used_at",
      ),
      replacing(
        `${recovery}/account-tokens.ts`,
        'where t.token_hash = $1 and t.purpose = $2 and t.used_at',
        "where t.token_hash = $1 and $2 <> '' and t.used_at",
      ),
    ],
    caughtBy: mailLinks,
  },
  {
    id: 'accounts.mail-link-never-expires',
    kind: 12,
    defect: 'The links of mails work for ever.',
    changes: [
      replacing(
        `${recovery}/account-tokens.ts`,
        'and used_at is null and expires_at > now() returning',
        'and used_at is null returning',
      ),
      replacing(
        `${recovery}/account-tokens.ts`,
        't.used_at is null and t.expires_at > now() and',
        't.used_at is null and',
      ),
    ],
    caughtBy: ['security.account.links-expire'],
  },
  {
    id: 'accounts.address-changed-without-password',
    kind: 12,
    defect: 'The address of an account is changed without its password.',
    changes: [
      replacing(
        `${recovery}/recovery-handlers.ts`,
        'await verifyPassword(account.email, account, body.current_password, origin);',
        '',
      ),
    ],
    caughtBy: ['security.account.address-change-can-be-undone'],
  },
  {
    id: 'accounts.deleted-without-password',
    kind: 12,
    defect: 'An account is deleted with any password.',
    changes: [
      replacing(
        `${accounts}/account-handlers.ts`,
        'await verifyPassword(account.email, account, body.current_password, originOf(request));',
        '',
      ),
    ],
    caughtBy: ['security.account.deletion-ends-access'],
  },
  {
    id: 'accounts.password-changed-without-password',
    kind: 12,
    defect: 'A password is changed with any current one.',
    changes: [
      replacing(
        `${accounts}/account-handlers.ts`,
        'await verifyPassword(account.email, account, body.current_password, origin);',
        '',
      ),
    ],
    caughtBy: ['authentication.change-password.rejects-wrong-current'],
  },
  {
    id: 'accounts.common-passwords-accepted',
    kind: 12,
    defect: 'Passwords are not compared with the list of common ones.',
    changes: [
      replacing(
        `${accounts}/password-rules.ts`,
        'if (common.has(lower) || (stem.length >= 6 && common.has(stem)))',
        'if (common.has(lower) && stem === password.slice(0, 0))',
      ),
    ],
    caughtBy: ['authentication.register.rejects-weak-password'],
  },
  {
    id: 'accounts.reset-to-common-password',
    kind: 12,
    defect: 'A common password is accepted when a lost one is replaced.',
    changes: [
      replacing(
        `${recovery}/recovery-handlers.ts`,
        "await assertStrongPassword(new_password, 'new_password', [owner.email, owner.name]);",
        '',
      ),
    ],
    caughtBy: ['security.account.lost-password-is-replaced-by-mail'],
  },
  {
    id: 'accounts.change-to-common-password',
    kind: 12,
    defect: 'A common password is accepted when it is changed.',
    changes: [
      replacing(
        `${accounts}/account-handlers.ts`,
        "await assertStrongPassword(body.new_password, 'new_password', [account.email, account.name]);",
        '',
      ),
    ],
    caughtBy: ['authentication.change-password.rejects-wrong-current'],
  },
  {
    id: 'accounts.sessions-outlive-password',
    kind: 12,
    defect: 'Other sessions go on after the password is changed.',
    changes: [
      replacing(
        `${accounts}/replace-password.ts`,
        "const ended = await endSessions(tx, who.userId, { keptId: currentSessionId, reason: 'password_changed' });",
        "const ended: string[] = currentSessionId === null ? await endSessions(tx, who.userId, { keptId: null, reason: 'password_changed' }) : [];",
      ),
    ],
    caughtBy: ['authentication.change-password.replaces-password'],
  },
  {
    id: 'accounts.sessions-outlive-reset',
    kind: 12,
    defect: 'Sessions go on after a lost password is replaced.',
    changes: [
      replacing(
        `${recovery}/reset-password.ts`,
        'currentSessionId: null,',
        'currentSessionId: null as string | null,',
      ),
      replacing(
        `${accounts}/replace-password.ts`,
        "const ended = await endSessions(tx, who.userId, { keptId: currentSessionId, reason: 'password_changed' });",
        "const ended = currentSessionId === null ? [] : await endSessions(tx, who.userId, { keptId: currentSessionId, reason: 'password_changed' });",
      ),
    ],
    caughtBy: ['security.account.lost-password-is-replaced-by-mail'],
  },
];
