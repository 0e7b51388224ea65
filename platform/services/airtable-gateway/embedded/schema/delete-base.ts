import { forgetSyncs } from '../../sync/forget-syncs.ts';
import type { BaseContext } from './schemas.ts';

/**
 * Deletes a base and all that it holds, and what syncs have stored of it. It waits for the writers of the base; later
 * ones find none. Webhooks are deleted too, so nothing reports the deletion.
 * @throws AirtableProblem `NOT_FOUND` when the tenant has no such base
 */
export async function deleteBase(
  context: BaseContext,
  baseId: string,
): Promise<{ id: string; deleted: true }> {
  // Nothing is changed in the schema.
  const { base } = await context.schemas.loadForWriting(context, baseId, (shared) => shared);
  const { id } = base;
  await context.tx.query('delete from airtable.bases where id = $1', [id]);
  await forgetSyncs(context.tx.query, id);
  return { id, deleted: true };
}
