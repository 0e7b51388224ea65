import type { Transaction } from '../../../kit/postgres/database.ts';

/** Deletes the metadata and the sync logs of a base. */
export async function forgetSyncs(query: Transaction['query'], baseId: string): Promise<void> {
  await query('delete from airtable.airtable_bases where base_id = $1', [baseId]);
}
