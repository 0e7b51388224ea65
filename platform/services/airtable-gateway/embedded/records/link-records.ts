import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import { isId, newId } from '../../airtable-id.ts';
import { invalidValue, unknownLinkedRecord } from '../../airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import { knownUsers } from '../../users/user.ts';
import { type MatchContext, matchRecords } from '../matching/match-records.ts';
import { fieldById, linkedTable, primaryField, type StoredTable } from '../schema/stored-base.ts';
import type { SchemaContext } from '../schema/write-schema.ts';
import { loadRows, type RecordRow } from './record-row.ts';
import { linkIds } from './record-values.ts';
import {
  insertRows,
  type RowChange,
  type RowContent,
  type StoreContext,
  touch,
  updateRows,
} from './store-rows.ts';

/** Maximum number of records that link to one record through one field. */
const maxBackLinks = 10_000;

/** A link field of one record, before and after a write. */
export interface LinkChange {
  field: StoredField;
  recordId: string;
  before: readonly string[];
  after: readonly string[];
}

export interface LinkContext extends SchemaContext, StoreContext, MatchContext {
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * Resolves the links in a request to record ids of the linked table. With `typecast` a link may be a name: it is
 * looked up in the primary field, and a missing record is created.
 * @throws AirtableProblem `ROW_DOES_NOT_EXIST` for ids that the linked table does not have
 */
export async function resolveLinks(
  context: LinkContext,
  field: StoredField,
  wanted: readonly string[],
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const table = linkedTable(context.base, field);
  if (table === undefined) throw invalidValue(field.name, 'the linked table does not exist');
  const ids = wanted.filter((text) => isId('rec', text));
  const found = new Set((await loadRows(context.tx.query, table.id, ids)).map(({ id }) => id));
  const unknown = ids.find((id) => !found.has(id));
  if (unknown !== undefined) throw unknownLinkedRecord(unknown);
  const names = wanted.filter((text) => !found.has(text));
  const named = await findOrCreate(context, table, { field, names });
  return [...new Set(wanted.map((text) => named.get(text) ?? text))];
}

/** Records with these names in the primary field, by name. Missing ones are created. */
async function findOrCreate(
  context: LinkContext,
  table: StoredTable,
  { field, names }: { field: StoredField; names: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const byName = new Map<string, string>();
  if (names.length === 0) return byName;
  const primary = primaryField(table);
  const values = names.map((name) => storedName(name, { field, primary }));
  const found = await matchRecords(context, table, {
    wanted: values.map((stored) => ({ cells: new Map([[primary, stored]]), empty: [], except: [] })),
    limit: 1,
  });
  const created = new Map<string, RowContent>();
  for (const [index, name] of names.entries()) {
    const stored = values[index];
    const key = storableJson(stored);
    let id = found[index]?.[0] ?? created.get(key)?.id;
    if (id === undefined) {
      id = newId('rec');
      const touched = { [primary.id]: context.now };
      created.set(key, { id, cells: { [primary.id]: stored }, touched, touched_by: {} });
    }
    byName.set(name, id);
  }
  await insertRows(context, table.id, [...created.values()]);
  return byName;
}

/** A name as the primary field stores it. @throws AirtableProblem when the field cannot have this value */
function storedName(name: string, { field, primary }: { field: StoredField; primary: StoredField }): unknown {
  const kind = kindOf(primary.type);
  if (kind === undefined)
    throw invalidValue(field.name, 'a record with a computed primary field cannot be created from a name');
  return kind.read(name, {
    field: primary,
    typecast: true,
    before: undefined,
    addChoice: () => {
      throw invalidValue(field.name);
    },
    // No collaborator field can be the primary field.
    users: knownUsers([]),
  });
}

/** A row with other links in one field. */
function withLinks(
  { userId, now }: LinkContext,
  row: RecordRow,
  fieldId: string,
  links: readonly string[],
): RowChange {
  const { [fieldId]: _old, ...others } = row.cells;
  return {
    before: row,
    id: row.id,
    cells: links.length === 0 ? others : { ...others, [fieldId]: links },
    ...touch(row, [fieldId], { userId, now }),
  };
}

/** Updates the inverse fields of changed links, so that both tables agree. */
export async function writeBackLinks(context: LinkContext, changes: readonly LinkChange[]): Promise<void> {
  const byField = Map.groupBy(changes, ({ field }) => field);
  for (const [field, ofField] of byField) {
    const table = linkedTable(context.base, field);
    const inverse = fieldById(table, field.options.inverseLinkFieldId);
    if (table === undefined || inverse === undefined) continue;
    const added = new Map<string, string[]>();
    const removed = new Map<string, Set<string>>();
    for (const { recordId, before, after } of ofField) {
      for (const id of after) if (!before.includes(id)) added.set(id, [...(added.get(id) ?? []), recordId]);
      for (const id of before)
        if (!after.includes(id)) removed.set(id, (removed.get(id) ?? new Set()).add(recordId));
    }
    const touchedIds = [...new Set([...added.keys(), ...removed.keys()])];
    const rows = await loadRows(context.tx.query, table.id, touchedIds);
    await updateRows(
      context,
      table.id,
      rows.map((row) => {
        const kept = linkIds(row, inverse.id).filter((id) => !removed.get(row.id)?.has(id));
        const links = [...new Set([...kept, ...(added.get(row.id) ?? [])])];
        if (links.length > maxBackLinks)
          throw invalidValue(field.name, `more than ${maxBackLinks} records would link to ${row.id}`);
        return withLinks(context, row, inverse.id, links);
      }),
    );
  }
}

/** Removes records that are about to be deleted from every link to them, also from links without an inverse field. */
export async function removeLinksTo(
  context: LinkContext,
  table: StoredTable,
  deleted: readonly RecordRow[],
): Promise<void> {
  const ids = deleted.map(({ id }) => id);
  for (const other of context.base.tables) {
    for (const field of other.fields) {
      if (linkedTable(context.base, field) !== table) continue;
      const linking = await loadRows(
        context.tx.query,
        other.id,
        await linkingIds(context, { table: other, field }, deleted),
      );
      await updateRows(
        context,
        other.id,
        linking.map((row) => {
          const links = linkIds(row, field.id).filter((id) => !ids.includes(id));
          return withLinks(context, row, field.id, links);
        }),
      );
    }
  }
}

/** Ids of the records that link to others through this field. Links within one table have no inverse field. */
async function linkingIds(
  { tx }: LinkContext,
  { table, field }: { table: StoredTable; field: StoredField },
  linked: readonly RecordRow[],
): Promise<string[]> {
  const { inverseLinkFieldId } = field.options;
  if (typeof inverseLinkFieldId === 'string')
    return [...new Set(linked.flatMap((row) => linkIds(row, inverseLinkFieldId)))];
  const { rows } = await tx.query<{ id: string }>(
    'select id from airtable.records where table_id = $1 and cells -> $2 ?| $3',
    [table.id, field.id, linked.map(({ id }) => id)],
  );
  return rows.map(({ id }) => id);
}
