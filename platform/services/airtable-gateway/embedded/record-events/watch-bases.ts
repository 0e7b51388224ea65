import type { RecordWatches } from '../../../../contracts/airtable-gateway/record-watches.ts';
import { nobody } from '../../../../kit/erasure/erased-table.ts';
import type { Database } from '../../../../kit/postgres/database.ts';
import { storableText } from '../../../../kit/postgres/storable-text.ts';

/** Replaces the watched bases of a tenant. @returns the bases that the tenant has and those that it does not have */
export async function watchBases(
  database: Database,
  { tenant_id: tenantId, bases }: RecordWatches,
): Promise<{ watched: string[]; unknown: string[] }> {
  const tablesOf = new Map(bases.map(({ base_id, tables }) => [base_id, tables?.map(storableText) ?? null]));
  const wanted = JSON.stringify([...tablesOf].map(([id, tables]) => ({ id, tables })));
  const { rows } = await database.tenantQuery<{ id: string }>(
    { tenantId, userId: nobody.id },
    `with wanted as (
       select b.id, w.tables
       from jsonb_to_recordset($2::jsonb) as w (id text, tables text[]) join airtable.bases b on b.id = w.id
     ), removed as (
       delete from airtable.record_watches where not base_id in (select id from wanted)
     ), set as (
       insert into airtable.record_watches as r (base_id, tenant_id, tables) select id, $1, tables from wanted
       on conflict (base_id) do update set tables = excluded.tables
       where r.tables is distinct from excluded.tables
     )
     select id from wanted order by id`,
    [tenantId, wanted],
  );
  const watched = rows.map(({ id }) => id);
  return { watched, unknown: [...tablesOf.keys()].filter((id) => !watched.includes(id)) };
}
