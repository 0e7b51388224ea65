import { randomUUID } from 'node:crypto';
import type { ErasureOrder } from '../../../contracts/erasure.ts';
import { type Export, exportLimits } from '../../../contracts/platform-services/exports.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import type { Mailer } from '../mail/mailer.ts';
import { exportReadyMail } from '../mail/templates.ts';

const columns = 'id, status, size, requested_at, finished_at, expires_at';
const daySeconds = 24 * 3600;

/**
 * Stores the request for an export.
 * @throws ProblemError `conflict` while one is pending; `rate_limited`
 */
export function orderExport(database: Database, who: Tenant, origin: Origin): Promise<Export> {
  return database.withTenant(who, async (tx) => {
    await tx.query('select 1 from identity.users where id = $1 for update', [who.userId]);
    const { rows: recent } = await tx.query<{ status: string; wait_s: number }>(
      `select status, extract(epoch from requested_at - now())::int + $2 as wait_s from identity.exports
       where user_id = $1 and requested_at > now() - make_interval(secs => $2) order by requested_at`,
      [who.userId, daySeconds],
    );
    if (recent.some(({ status }) => status === 'pending'))
      throw problem('conflict', { message: 'An export is being made already.' });
    if (recent.length >= exportLimits.perDay)
      throw problem('rate_limited', {
        headers: { 'retry-after': String(Math.max(1, recent[0]?.wait_s ?? 1)) },
      });
    // The archive of an earlier export is replaced by the new one.
    await tx.query(
      `delete from identity.export_parts where export_id in (
         select id from identity.exports where user_id = $1 and status = 'ready')`,
      [who.userId],
    );
    await tx.query(`update identity.exports set status = 'expired' where user_id = $1 and status = 'ready'`, [
      who.userId,
    ]);
    const { rows } = await tx.query<Export>(
      `insert into identity.exports (id, tenant_id, user_id) values ($1, $2, $3) returning ${columns}`,
      [randomUUID(), who.tenantId, who.userId],
    );
    const ordered = rows[0] as Export;
    await auditChange(tx, who, origin, { event: 'export_requested', subject: ordered.id });
    return ordered;
  });
}

/** The latest exports, newest first. */
export async function listExports(database: Database, who: Tenant): Promise<Export[]> {
  const { rows } = await database.tenantQuery<Export>(
    who,
    {
      name: 'list_exports',
      text: `select ${columns} from identity.exports where user_id = $1
             order by requested_at desc, id limit ${exportLimits.listed}`,
    },
    [who.userId],
  );
  return rows;
}

/** @throws ProblemError `not_found` */
export async function readExport(database: Database, who: Tenant, id: string): Promise<Export> {
  const { rows } = await database.tenantQuery<Export>(
    who,
    { name: 'read_export', text: `select ${columns} from identity.exports where id = $1 and user_id = $2` },
    [id, who.userId],
  );
  if (rows[0] === undefined) throw problem('not_found');
  return rows[0];
}

/** An export that this process has claimed. */
export interface ClaimedExport {
  id: string;
  tenant_id: string;
  user_id: string;
  attempts: number;
  requested_at: string;
}

export const tenantOfExport = ({ tenant_id, user_id }: ClaimedExport): Tenant => ({
  tenantId: tenant_id,
  userId: user_id,
});

export async function claimExport(
  database: Database,
  leaseSeconds: number,
): Promise<ClaimedExport | undefined> {
  const { rows } = await database.query<ClaimedExport>(
    { name: 'claim_export', text: 'select * from identity.claim_export($1)' },
    [leaseSeconds],
  );
  return rows[0];
}

/** Whose data is exported; undefined when the account is gone. */
export async function subjectOf(
  database: Database,
  claimed: ClaimedExport,
): Promise<ErasureOrder | undefined> {
  const { rows } = await database.tenantQuery<{ email: string; alone: boolean }>(
    tenantOfExport(claimed),
    `select u.email, t.owner_id = u.id
            and not exists (select from identity.users o where o.id <> u.id) as alone
     from identity.users u join identity.tenants t using (tenant_id) where u.id = $1`,
    [claimed.user_id],
  );
  const [user] = rows;
  if (user === undefined) return undefined;
  const { tenant_id, user_id } = claimed;
  return { tenant_id, user_id, email: user.email, whole_tenant: user.alone };
}

/** Another process has taken the export over, or it was deleted. */
export class ExportLost extends Error {
  override readonly name = 'ExportLost';
}

/** Removes what an earlier attempt has stored. */
export async function startParts(database: Database, claimed: ClaimedExport): Promise<void> {
  await database.tenantQuery(
    tenantOfExport(claimed),
    'delete from identity.export_parts where export_id = $1',
    [claimed.id],
  );
}

/** Stores one part and renews the claim. @throws ExportLost */
export async function storePart(
  database: Database,
  claimed: ClaimedExport,
  { position, bytes, leaseSeconds }: { position: number; bytes: Buffer; leaseSeconds: number },
): Promise<void> {
  const { rowCount } = await database.tenantQuery(
    tenantOfExport(claimed),
    {
      name: 'store_export_part',
      text: `with held as (
               update identity.exports set due_at = now() + make_interval(secs => $4)
               where id = $1 and attempts = $5 and status = 'pending' returning id, tenant_id
             )
             insert into identity.export_parts (export_id, tenant_id, position, bytes)
             select id, tenant_id, $2, $3 from held`,
    },
    [claimed.id, position, bytes, leaseSeconds, claimed.attempts],
  );
  if (rowCount === 0) throw new ExportLost('the export belongs to another process');
}

/** Makes the archive available, and stores the mail about it. @throws ExportLost */
export async function finishExport(
  { database, mailer }: { database: Database; mailer: Mailer },
  claimed: ClaimedExport,
  { size, email }: { size: number; email: string },
): Promise<void> {
  const who = tenantOfExport(claimed);
  await database.withTenant(who, async (tx) => {
    const { rowCount } = await tx.query(
      `update identity.exports set status = 'ready', size = $2, finished_at = now(),
         expires_at = now() + make_interval(hours => $3)
       where id = $1 and attempts = $4 and status = 'pending'`,
      [claimed.id, size, exportLimits.hours, claimed.attempts],
    );
    if (rowCount === 0) throw new ExportLost('the export belongs to another process');
    await mailer.store(tx, {
      id: randomUUID(),
      ...who,
      kind: 'export_ready',
      recipient: email,
      content: exportReadyMail(mailer.linkTo('/account/export', '')),
      usefulSeconds: exportLimits.hours * 3600,
    });
  });
  mailer.wake();
}

/** Tries an export again after the given time; undefined: never, it has failed. */
export async function postponeExport(
  database: Database,
  claimed: ClaimedExport,
  seconds: number | undefined,
): Promise<void> {
  await database.withTenant(tenantOfExport(claimed), async (tx) => {
    const { rowCount } = await tx.query(
      `update identity.exports set due_at = now() + make_interval(secs => coalesce($2::float8, 0)),
         status = case when $2::float8 is null then 'failed' else 'pending' end,
         finished_at = case when $2::float8 is null then now() end
       where id = $1 and attempts = $3 and status = 'pending'`,
      [claimed.id, seconds ?? null, claimed.attempts],
    );
    if (rowCount > 0) await tx.query('delete from identity.export_parts where export_id = $1', [claimed.id]);
  });
}
