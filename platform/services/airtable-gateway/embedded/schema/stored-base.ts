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

/** Maximum size of a base's schema, characters of JSON. Every request reads all of it. */
const maxSchemaLength = 4_000_000;

/** @throws AirtableProblem when the schema has become too large to read it with every request */
export function assertSchemaSize(base: StoredBase): void {
  if (JSON.stringify(base).length > maxSchemaLength)
    throw invalidRequest('the base cannot have more tables, fields, choices or descriptions');
}

/** @throws AirtableProblem `TABLE_NOT_FOUND` */
export function findTable(base: StoredBase, idOrName: string): StoredTable {
  const table =
    base.tables.find(({ id }) => id === idOrName) ?? base.tables.find(({ name }) => name === idOrName);
  if (table === undefined) throw tableNotFound(idOrName.slice(0, 255), base.id);
  return table;
}

export function fieldNamed(table: StoredTable, nameOrId: string): StoredField | undefined {
  return table.fields.find(({ name }) => name === nameOrId) ?? table.fields.find(({ id }) => id === nameOrId);
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
