import type { Transaction } from '../../../../kit/postgres/database.ts';
import { isId, newId } from '../../airtable-id.ts';
import { invalidValue, unknownLinkedRecord } from '../../api/airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import {
  fieldById,
  linkedTable,
  primaryField,
  type StoredBase,
  type StoredTable,
} from '../schema/base-schema.ts';
import type { ChangeSet } from '../webhooks/change-set.ts';
import { loadRows } from './record-row.ts';
import { linkIds } from './record-values.ts';
import { insertRows, updateRows } from './store-rows.ts';

/** Most records that may link to one record, through one field. */
const mostBackLinks = 10_000;

/** A link field of one record, before and after a write. */
export interface LinkChange {
  field: StoredField;
  recordId: string;
  before: readonly string[];
  after: readonly string[];
}

export interface LinkContext {
  tx: Transaction;
  changes: ChangeSet;
  base: StoredBase;
  tenantId: string;
  userId: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * Turns what a request says about links into record ids of the linked table. Names are possible with
 * `typecast`: they are looked for in the primary field, and a record is made for a name nobody has.
 * @throws AirtableProblem `ROW_DOES_NOT_EXIST` for ids the linked table does not have
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
  const resolved: string[] = [];
  for (const text of wanted) {
    if (found.has(text)) resolved.push(text);
    else if (isId('rec', text)) throw unknownLinkedRecord(text);
    else resolved.push(await recordNamed(context, table, { field, name: text }));
  }
  return [...new Set(resolved)];
}

async function recordNamed(
  context: LinkContext,
  table: StoredTable,
  { field, name }: { field: StoredField; name: string },
): Promise<string> {
  const primary = primaryField(table);
  const kind = kindOf(primary.type);
  if (kind === undefined) throw invalidValue(field.name, 'records of a computed name cannot be made');
  const stored = kind.read(name, {
    field: primary,
    typecast: true,
    before: undefined,
    addChoice: () => {
      throw invalidValue(field.name);
    },
  });
  const cells = { [primary.id]: stored };
  const { rows } = await context.tx.query<{ id: string }>(
    'select id from airtable.records where table_id = $1 and cells @> $2::jsonb order by number limit 1',
    [table.id, JSON.stringify(cells)],
  );
  if (rows[0] !== undefined) return rows[0].id;
  const id = newId('rec');
  await insertRows(context, table.id, [{ id, cells, touched: { [primary.id]: context.now } }]);
  return id;
}

/** Writes the other side of changed links, so that both tables always say the same. */
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
        if (links.length > mostBackLinks)
          throw invalidValue(field.name, `more than ${mostBackLinks} records would link to ${row.id}`);
        const { [inverse.id]: _old, ...others } = row.cells;
        return {
          before: row,
          id: row.id,
          cells: links.length === 0 ? others : { ...others, [inverse.id]: links },
          touched: { ...row.touched, [inverse.id]: context.now },
        };
      }),
    );
  }
}

/** Takes deleted records out of every link that led to them, also of links without another side. */
export async function forgetRecords(
  context: LinkContext,
  table: StoredTable,
  ids: readonly string[],
): Promise<void> {
  for (const other of context.base.tables) {
    for (const field of other.fields) {
      if (linkedTable(context.base, field) !== table) continue;
      const { rows } = await context.tx.query<{ id: string }>(
        'select id from airtable.records where table_id = $1 and cells -> $2 ?| $3',
        [other.id, field.id, ids],
      );
      const linking = await loadRows(
        context.tx.query,
        other.id,
        rows.map(({ id }) => id),
      );
      await updateRows(
        context,
        other.id,
        linking.map((row) => {
          const links = linkIds(row, field.id).filter((id) => !ids.includes(id));
          const { [field.id]: _old, ...others } = row.cells;
          return {
            before: row,
            id: row.id,
            cells: links.length === 0 ? others : { ...others, [field.id]: links },
            touched: { ...row.touched, [field.id]: context.now },
          };
        }),
      );
    }
  }
}
