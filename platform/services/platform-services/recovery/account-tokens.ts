import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { newOpaqueToken, tokenHash } from '../sessions/tokens.ts';

/** What the token of a mail is for. */
export type TokenPurpose = 'verify_email' | 'reset_password' | 'change_email' | 'undo_email_change';

export interface NewAccountToken {
  purpose: TokenPurpose;
  /** The address that the token confirms, changes to or restores. */
  email: string;
  /** Lifetime, seconds. */
  seconds: number;
}

/** Stores a token of the user in the transaction. @returns the token, of which only a digest is stored */
export async function issueAccountToken(
  tx: Transaction,
  who: Tenant,
  { purpose, email, seconds }: NewAccountToken,
): Promise<string> {
  const { token, hash } = newOpaqueToken();
  await tx.query('delete from identity.account_tokens where user_id = $1 and expires_at < now()', [
    who.userId,
  ]);
  await tx.query(
    `insert into identity.account_tokens (token_hash, tenant_id, user_id, purpose, email, expires_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
    [hash, who.tenantId, who.userId, purpose, email, seconds],
  );
  return token;
}

/** A token that is being used, with the account as it is now. */
export interface UsedToken {
  who: Tenant;
  /** The address that the token confirms, changes to or restores. */
  email: string;
  /** The address of the account. */
  currentEmail: string;
  name: string;
}

function invalidLink() {
  return problem('not_found', { message: 'This link is not valid any more. Ask for a new one.' });
}

async function markUsed(
  tx: Transaction,
  who: Tenant,
  hash: Buffer,
  purpose: TokenPurpose,
): Promise<UsedToken> {
  // The lock serializes the uses of all tokens of the account.
  const { rows: users } = await tx.query<{ email: string; name: string }>(
    'select email, name from identity.users where id = $1 and is_active for update',
    [who.userId],
  );
  const { rows } = await tx.query<{ email: string }>(
    `update identity.account_tokens set used_at = now()
     where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now() returning email`,
    [hash, purpose],
  );
  if (users[0] === undefined || rows[0] === undefined) throw invalidLink();
  return { who, email: rows[0].email, currentEmail: users[0].email, name: users[0].name };
}

/**
 * Uses the token of a mail up and makes the change that it stands for, in one transaction: if `change` throws, the token
 * still works.
 * @throws ProblemError `not_found` for an unknown, used or expired token, and for an account that is deactivated
 */
export async function useAccountToken<T>(
  database: Database,
  token: string,
  purpose: TokenPurpose,
  change: (tx: Transaction, used: UsedToken) => Promise<T>,
): Promise<T> {
  const hash = tokenHash(token);
  const { rows } = await database.query<{ tenant_id: string; user_id: string }>(
    { name: 'find_account_token', text: 'select * from identity.find_account_token($1)' },
    [hash],
  );
  const found = rows[0];
  if (found === undefined) throw invalidLink();
  const who = { tenantId: found.tenant_id, userId: found.user_id };
  return database.withTenant(who, async (tx) => change(tx, await markUsed(tx, who, hash, purpose)));
}

/** Reads who a valid token belongs to, without using it. @throws ProblemError `not_found` */
export async function ownerOfToken(
  database: Database,
  token: string,
  purpose: TokenPurpose,
): Promise<{ email: string; name: string }> {
  const hash = tokenHash(token);
  const { rows: found } = await database.query<{ tenant_id: string; user_id: string }>(
    { name: 'find_account_token', text: 'select * from identity.find_account_token($1)' },
    [hash],
  );
  if (found[0] === undefined) throw invalidLink();
  const who = { tenantId: found[0].tenant_id, userId: found[0].user_id };
  const { rows } = await database.tenantQuery<{ email: string; name: string }>(
    who,
    {
      name: 'owner_of_token',
      text: `select u.email, u.name from identity.account_tokens t join identity.users u on u.id = t.user_id
             where t.token_hash = $1 and t.purpose = $2 and t.used_at is null and t.expires_at > now() and u.is_active`,
    },
    [hash, purpose],
  );
  if (rows[0] === undefined) throw invalidLink();
  return rows[0];
}

/** Makes the unused tokens of the user for these purposes invalid. */
export async function dropAccountTokens(
  tx: Transaction,
  who: Tenant,
  purposes: readonly TokenPurpose[],
): Promise<void> {
  await tx.query(
    'delete from identity.account_tokens where user_id = $1 and purpose = any($2) and used_at is null',
    [who.userId, purposes],
  );
}
