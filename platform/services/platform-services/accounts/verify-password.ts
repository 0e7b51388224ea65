import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Origin } from '../audit/audit.ts';
import { type Account, auditFailedLogin } from './accounts.ts';
import type { Lockout } from './lockout.ts';
import type { Passwords } from './passwords.ts';

/** @throws ProblemError `invalid_credentials`, `account_deactivated`, `account_locked` or `not_ready` */
export type VerifyPassword = (
  email: string,
  found: Account | undefined | Promise<Account | undefined>,
  password: string,
  origin: Origin,
) => Promise<Account>;

/** Verifies the password of an account, and logs and counts failures. */
export function createVerifyPassword(deps: {
  database: Database;
  passwords: Passwords;
  lockout: Lockout;
}): VerifyPassword {
  const { database, passwords, lockout } = deps;
  return async (email, found, password, origin) => {
    const [account] = await Promise.all([found, lockout.assertOpen(email, origin.address)]);
    const matches = await passwords.verify(account?.password_hash, password);
    if (!matches || account === undefined) {
      const locked = await lockout.fail(email, origin.address);
      await auditFailedLogin(database, account, { origin, locked });
      throw problem('invalid_credentials');
    }
    await lockout.clear(email, origin.address);
    // Only who knows the password learns that there is such an account.
    if (!account.is_active) throw problem('account_deactivated');
    return account;
  };
}
