import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';

/** Maximum time of a download, seconds. Afterwards another one may begin. */
const downloadSeconds = 3600;

/**
 * Claims the archive for a download.
 * @returns its size, bytes
 * @throws ProblemError `not_found`; `conflict` while it is pending or another download runs
 */
export async function claimDownload(database: Database, who: Tenant, id: string): Promise<number> {
  return database.withTenant(who, async (tx) => {
    const { rows } = await tx.query<{ status: string; size: number; free: boolean; valid: boolean }>(
      `select status, size, coalesce(download_until < now(), true) as free, expires_at > now() as valid
       from identity.exports where id = $1 and user_id = $2 for update`,
      [id, who.userId],
    );
    const [found] = rows;
    if (found?.status === 'pending')
      throw problem('conflict', { message: 'The export is still being made.' });
    if (found?.status !== 'ready' || !found.valid) throw problem('not_found');
    if (!found.free) throw problem('conflict', { message: 'Another download of this export is running.' });
    await tx.query(
      'update identity.exports set download_until = now() + make_interval(secs => $2) where id = $1',
      [id, downloadSeconds],
    );
    return found.size;
  });
}

/**
 * The archive of a claimed download. After the last part it is deleted; a download that breaks off can be repeated.
 */
export async function* readArchive(
  database: Database,
  who: Tenant,
  { id, origin }: { id: string; origin: Origin },
): AsyncGenerator<Buffer> {
  let isComplete = false;
  try {
    for (let position = 0; ; position += 1) {
      const { rows } = await database.tenantQuery<{ bytes: Buffer }>(
        who,
        {
          name: 'read_export_part',
          text: 'select bytes from identity.export_parts where export_id = $1 and position = $2',
        },
        [id, position],
      );
      if (rows[0] === undefined) break;
      yield rows[0].bytes;
    }
    isComplete = true;
  } finally {
    await database.withTenant(who, async (tx) => {
      if (isComplete) {
        await tx.query(
          `update identity.exports set status = 'downloaded', download_until = null where id = $1`,
          [id],
        );
        await tx.query('delete from identity.export_parts where export_id = $1', [id]);
        await auditChange(tx, who, origin, { event: 'export_downloaded', subject: id });
      } else {
        await tx.query('update identity.exports set download_until = null where id = $1', [id]);
      }
    });
  }
}
