import type { Transaction } from '../../../kit/postgres/database.ts';

/**
 * Ends the sessions of a user, and invitations that were not accepted: a deactivated user could otherwise come back
 * with one. API keys stay for a reactivation, but the access tokens that services hold for them end.
 * @returns what a revocation has to name
 */
export async function endAccess(tx: Transaction, userId: string): Promise<string[]> {
  const { rows: sessions } = await tx.query<{ id: string }>(
    `update identity.sessions set revoked_at = coalesce(revoked_at, now()),
            revoke_reason = coalesce(revoke_reason, 'user_deactivated')
     where user_id = $1 and expires_at > now() returning id`,
    [userId],
  );
  // New names: after a reactivation the keys work at once, while the old names stay revoked for some minutes.
  const { rows: keys } = await tx.query<{ id: string }>(
    `with before as (select id, grant_id from identity.personal_tokens where user_id = $1 for update)
     update identity.personal_tokens t set grant_id = gen_random_uuid() from before
     where t.id = before.id returning before.grant_id as id`,
    [userId],
  );
  await tx.query('delete from identity.invitations where invited_by = $1 and accepted_at is null', [userId]);
  return [...sessions, ...keys].map(({ id }) => id);
}
