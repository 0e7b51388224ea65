import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { MailKind } from '../mail/outbox.ts';

export interface MailLimit {
  kind: MailKind;
  /** Maximum number of mails of the kind to the user. */
  mails: number;
  /** Time in which they are counted, seconds. */
  withinSeconds: number;
  /** Minimum time between two, seconds. Default 0. */
  pauseSeconds?: number;
}

/**
 * Seconds until the user may get another mail of the kind; 0 when at once. The lock lets concurrent requests count in
 * sequence.
 */
export async function secondsUntilMail(tx: Transaction, who: Tenant, limit: MailLimit): Promise<number> {
  await tx.query('select 1 from identity.users where id = $1 for update', [who.userId]);
  const { rows } = await tx.query<{ wait_s: number | null }>(
    `select greatest(
         case when count(*) >= $3 then extract(epoch from min(created_at) - now()) + $4 end,
         extract(epoch from max(created_at) - now()) + $5
       )::float8 as wait_s
     from identity.mails
     where user_id = $1 and kind = $2 and created_at > now() - make_interval(secs => $4)`,
    [who.userId, limit.kind, limit.mails, limit.withinSeconds, limit.pauseSeconds ?? 0],
  );
  return Math.max(0, Math.ceil(rows[0]?.wait_s ?? 0));
}

/** @throws ProblemError `rate_limited` with `retry-after` when the user has got too many mails of the kind */
export async function assertMayMail(tx: Transaction, who: Tenant, limit: MailLimit): Promise<void> {
  const seconds = await secondsUntilMail(tx, who, limit);
  if (seconds > 0)
    throw problem('rate_limited', {
      message: 'Too many mails were asked for. Look into your mailbox, also for unwanted mail.',
      headers: { 'retry-after': String(seconds) },
    });
}
