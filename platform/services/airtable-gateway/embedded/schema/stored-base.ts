import { invalidRequest, tableNotFound, unknownField } from '../../airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';

export interface StoredView {
  id: string;
  name: string;
  type: string;
}

export interface StoredTable {
  id: string;
  name: string;
  description: string | null;
  primaryFieldId: string;
  fields: StoredField[];
  views: StoredView[];
}

export interface StoredBase {
  id: string;
  name: string;
  workspaceId: string;
  tables: StoredTable[];
}

/** The name of the rolled-up values in a roll-up's formula. */
export const rollupValues = 'values';

/** Maximum size of a base's schema, characters of JSON. Every request reads all of it. */
const maxSchemaLength = 4_000_000;

/** @throws AirtableProblem when the schema has become too large to read it with every request */
export function assertSchemaSize(base: StoredBase): void {
  if (JSON.stringify(base).length > maxSchemaLength)
    throw invalidRequest('the base cannot have more tables, fields, choices or descriptions');
}

/** Whether two names of tables, fields or views are the same. As in Airtable, case does not matter. */
export function isSameName(left: string, right: string): boolean {
  return left === right || left.toLowerCase() === right.toLowerCase();
}

/** The item with this name. An exact match comes first: bases of older releases may contain both `T` and `t`. */
function named<T extends { name: string }>(items: readonly T[], wanted: string): T | undefined {
  return items.find(({ name }) => name === wanted) ?? items.find(({ name }) => isSameName(name, wanted));
}

export function tableNamed(base: StoredBase, idOrName: string): StoredTable | undefined {
  return base.tables.find(({ id }) => id === idOrName) ?? named(base.tables, idOrName);
}

/** @throws AirtableProblem `TABLE_NOT_FOUND` */
export function findTable(base: StoredBase, idOrName: string): StoredTable {
  const table = tableNamed(base, idOrName);
  if (table === undefined) throw tableNotFound(idOrName.slice(0, 255), base.id);
  return table;
}

export function viewNamed(table: StoredTable, nameOrId: string): StoredView | undefined {
  return table.views.find(({ id }) => id === nameOrId) ?? named(table.views, nameOrId);
}

export function fieldNamed(table: StoredTable, nameOrId: string): StoredField | undefined {
  return (
    table.fields.find(({ name }) => name === nameOrId) ??
    table.fields.find(({ id }) => id === nameOrId) ??
    named(table.fields, nameOrId)
  );
}

/** @throws AirtableProblem `UNKNOWN_FIELD_NAME` */
export function findField(table: StoredTable, nameOrId: string): StoredField {
  const field = fieldNamed(table, nameOrId);
  if (field === undefined) throw unknownField(nameOrId.slice(0, 255));
  return field;
}

export function fieldById(table: StoredTable | undefined, id: unknown): StoredField | undefined {
  return table?.fields.find((field) => field.id === id);
}

export function tableById(base: StoredBase, id: unknown): StoredTable | undefined {
  return base.tables.find((table) => table.id === id);
}

export function primaryField(table: StoredTable): StoredField {
  const field = fieldById(table, table.primaryFieldId) ?? table.fields[0];
  if (field === undefined) throw new Error(`table ${table.id} has no fields`);
  return field;
}

/** The linked table of a field of type `multipleRecordLinks`. */
export function linkedTable(base: StoredBase, link: StoredField | undefined): StoredTable | undefined {
  return link?.type === 'multipleRecordLinks' ? tableById(base, link.options.linkedTableId) : undefined;
}
