import type { Transaction } from '../../../../kit/postgres/database.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { loadRows, type RecordRow } from '../records/record-row.ts';
import { linkIds } from '../records/record-values.ts';
import { linkedTable, type StoredBase, type StoredTable } from '../schema/stored-base.ts';
import type { RecordsBefore } from './change-set.ts';

type Query = Transaction['query'];

/** Maximum number of links between a written record and a dependent one. */
const maxLinkDepth = 3;
/** Maximum number of dependent records; payloads omit the rest. */
const maxDependents = 1_000;

/** Whether a field of the table is computed from the records of a link. */
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
 * Finds records whose computed values may have changed because a linked record was written. The transaction has not
 * written them, so their stored state is their previous state.
 * @returns the written and the found records by table id
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
  let room = maxDependents;
  let fresh: ReadonlyMap<string, readonly string[]> = new Map(
    [...written].map(([tableId, records]) => [tableId, [...records.keys()].slice(0, maxDependents)]),
  );
  for (let level = 0; level < maxLinkDepth && fresh.size > 0 && links.length > 0 && room > 0; level += 1) {
    const next = new Map<string, string[]>();
    for (const { table, link } of links) {
      const target = linkedTable(base, link)?.id ?? '';
      const ids = fresh.get(target);
      if (ids === undefined) continue;
      const rows = await loadRows(query, target, ids);
      const known = all.get(table.id) ?? new Map<string, RecordRow | null>();
      const linking = new Set(await linkingIds(query, { table, link }, { rows, room: room + known.size }));
      const unknown = [...linking].filter((id) => !known.has(id)).slice(0, room);
      if (unknown.length === 0) continue;
      for (const row of await loadRows(query, table.id, unknown)) known.set(row.id, row);
      all.set(table.id, known);
      next.set(table.id, [...(next.get(table.id) ?? []), ...unknown]);
      room -= unknown.length;
    }
    fresh = next;
  }
  return all;
}
