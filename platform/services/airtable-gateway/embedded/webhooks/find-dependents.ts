import type { Transaction } from '../../../../kit/postgres/database.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { loadRows, type RecordRow } from '../records/record-row.ts';
import { linkIds } from '../records/record-values.ts';
import { linkedTable, type StoredBase, type StoredTable } from '../schema/base-schema.ts';
import type { RecordsBefore } from './change-set.ts';

type Query = Transaction['query'];

/** How many links away from what was written computed values are looked at. */
const furthest = 3;
/** Most records looked at beside those that were written; a change that reaches further is told of in part. */
const mostDependents = 1_000;

/** Whether anything is computed from the records that a link leads to. */
function isLookedThrough(table: StoredTable, link: StoredField): boolean {
  return table.fields.some(
    ({ type, options }) =>
      type === 'formula' ||
      ((type === 'multipleLookupValues' || type === 'rollup') && options.recordLinkFieldId === link.id),
  );
}

async function linkingIds(
  query: Query,
  { table, link }: { table: StoredTable; link: StoredField },
  { rows, room }: { rows: readonly RecordRow[]; room: number },
): Promise<string[]> {
  const { inverseLinkFieldId } = link.options;
  if (typeof inverseLinkFieldId === 'string')
    return rows.flatMap((row) => linkIds(row, inverseLinkFieldId)).slice(0, room);
  const { rows: found } = await query<{ id: string }>(
    'select id from airtable.records where table_id = $1 and cells -> $2 ?| $3 order by number limit $4',
    [table.id, link.id, rows.map(({ id }) => id), room],
  );
  return found.map(({ id }) => id);
}

/**
 * Finds records that were not written, but whose computed values may be others now because records they link to
 * were written. They are as they were before.
 * @returns what was written together with what was found, by table id
 */
export async function findDependents(
  query: Query,
  base: StoredBase,
  written: ReadonlyMap<string, RecordsBefore>,
): Promise<ReadonlyMap<string, RecordsBefore>> {
  const all = new Map([...written].map(([tableId, records]) => [tableId, new Map(records)]));
  const links = base.tables.flatMap((table) =>
    table.fields
      .filter((field) => linkedTable(base, field) !== undefined && isLookedThrough(table, field))
      .map((link) => ({ table, link })),
  );
  let room = mostDependents;
  let fresh: ReadonlyMap<string, readonly string[]> = new Map(
    [...written].map(([tableId, records]) => [tableId, [...records.keys()].slice(0, mostDependents)]),
  );
  for (let level = 0; level < furthest && fresh.size > 0 && links.length > 0 && room > 0; level += 1) {
    const next = new Map<string, string[]>();
    for (const place of links) {
      const target = linkedTable(base, place.link)?.id ?? '';
      const ids = fresh.get(target);
      if (ids === undefined) continue;
      const rows = await loadRows(query, target, ids);
      const known = all.get(place.table.id) ?? new Map<string, RecordRow | null>();
      const linking = new Set(await linkingIds(query, place, { rows, room: room + known.size }));
      const unknown = [...linking].filter((id) => !known.has(id)).slice(0, room);
      if (unknown.length === 0) continue;
      for (const row of await loadRows(query, place.table.id, unknown)) known.set(row.id, row);
      all.set(place.table.id, known);
      next.set(place.table.id, [...(next.get(place.table.id) ?? []), ...unknown]);
      room -= unknown.length;
    }
    fresh = next;
  }
  return all;
}
