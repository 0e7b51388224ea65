import { isDeepStrictEqual } from 'node:util';
import {
  type FieldDefinition,
  fieldTypes,
  type TableDefinition,
} from '../../../../contracts/airtable-gateway/metadata.ts';
import type { Transaction } from '../../../../kit/postgres/database.ts';
import { storableJson, storableText } from '../../../../kit/postgres/storable-text.ts';
import { newId } from '../../airtable-id.ts';
import {
  duplicateName,
  invalidFieldOptions,
  invalidRequest,
  unsupportedFieldType,
} from '../../airtable-problem.ts';
import type { FieldOptions, StoredField } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import type { BaseDefinition, FieldChange, TableChange } from '../../upstream.ts';
import type { KnownUsers, UserReference } from '../../users/user.ts';
import { dropKeys } from '../keys/write-keys.ts';
import { isDeeperThan } from '../nesting.ts';
import type { ChangeSet } from '../webhooks/change-set.ts';
import { readFieldOptions } from './field-options.ts';
import type { Schemas } from './schemas.ts';
import {
  assertSchemaSize,
  findField,
  findTable,
  isSameName,
  type StoredBase,
  type StoredTable,
  tableById,
} from './stored-base.ts';

export interface SchemaContext {
  tx: Transaction;
  changes: ChangeSet;
  schemas: Schemas;
  tenantId: string;
  userId: string;
  /** Looks for the members of a workspace that a request names. */
  findUsers(references: readonly UserReference[], workspaceId: string): Promise<KnownUsers>;
}

/** A table with the base that it was written to. */
export interface WrittenTable {
  base: StoredBase;
  table: StoredTable;
}

export interface WrittenField extends WrittenTable {
  field: StoredField;
}

const maxTables = 1_000;
const maxFields = 500;
const primaryTypes = ['autoNumber', 'formula'];

/** Creates a base with its tables. As with Airtable, links between them are added afterwards. */
export async function createBase(context: SchemaContext, definition: BaseDefinition): Promise<StoredBase> {
  const base: StoredBase = {
    id: newId('app'),
    name: name(definition.name),
    workspaceId: definition.workspace,
    tables: [],
  };
  await context.tx.query(
    'insert into airtable.bases (id, tenant_id, workspace_id, name, created_by) values ($1, $2, $3, $4, $5)',
    [base.id, context.tenantId, base.workspaceId, base.name, context.userId],
  );
  for (const table of definition.tables) await addTable(context, base, table);
  return base;
}

export async function createTable(
  context: SchemaContext,
  baseId: string,
  definition: TableDefinition,
): Promise<WrittenTable> {
  const { base } = await context.schemas.loadForWriting(context, baseId);
  return { base, table: await addTable(context, base, definition) };
}

async function addTable(
  context: SchemaContext,
  base: StoredBase,
  definition: TableDefinition,
): Promise<StoredTable> {
  const tableName = name(definition.name);
  if (base.tables.some((other) => isSameName(other.name, tableName))) throw duplicateName('TABLE', tableName);
  if (base.tables.length >= maxTables) throw invalidRequest(`a base has at most ${maxTables} tables`);
  const fields = definition.fields.map(newField);
  const primary = fields[0] as StoredField;
  if (kindOf(primary.type)?.canBePrimary !== true && !primaryTypes.includes(primary.type))
    throw invalidFieldOptions(`A field of type ${primary.type} cannot be the primary field`);
  const table: StoredTable = {
    id: newId('tbl'),
    name: tableName,
    description: description(definition.description),
    primaryFieldId: primary.id,
    fields: [],
    views: [{ id: newId('viw'), name: 'Grid view', type: 'grid' }],
  };
  base.tables.push(table);
  context.changes.tableCreated(table);
  await context.tx.query(
    `insert into airtable.tables (id, tenant_id, base_id, name, description, position, primary_field_id)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [table.id, context.tenantId, base.id, table.name, table.description, base.tables.length, primary.id],
  );
  for (const [position, view] of table.views.entries())
    await context.tx.query(
      'insert into airtable.views (id, tenant_id, table_id, name, type, position) values ($1, $2, $3, $4, $5, $6)',
      [view.id, context.tenantId, table.id, view.name, view.type, position],
    );
  for (const field of fields) await addField(context, { base, table }, field);
  return table;
}

export async function createField(
  context: SchemaContext,
  ref: { baseId: string; table: string },
  definition: FieldDefinition,
): Promise<WrittenField> {
  const { base } = await context.schemas.loadForWriting(context, ref.baseId);
  const table = findTable(base, ref.table);
  return { base, table, field: await addField(context, { base, table }, newField(definition)) };
}

/** @throws AirtableProblem `UNSUPPORTED_FIELD_TYPE_FOR_CREATE` */
function newField(definition: FieldDefinition): StoredField {
  const type = fieldTypes.find((known) => known === definition.type);
  if (type === undefined) throw unsupportedFieldType(definition.type);
  return {
    id: newId('fld'),
    name: name(definition.name),
    type,
    description: description(definition.description),
    options: storable(definition.options ?? {}),
  };
}

async function addField(
  context: SchemaContext,
  { base, table }: { base: StoredBase; table: StoredTable },
  field: StoredField,
): Promise<StoredField> {
  if (table.fields.some((other) => isSameName(other.name, field.name)))
    throw duplicateName('FIELD', field.name);
  if (table.fields.length >= maxFields) throw invalidRequest(`a table has at most ${maxFields} fields`);
  table.fields.push(field);
  // A new field has no inverse field yet, even if the request names one.
  const { inverseLinkFieldId: _inverse, isReversed: _reversed, ...given } = field.options;
  field.options = given;
  field.options = await readFieldOptions(base, table, field);
  const inverse = inverseOf(base, table, field);
  if (inverse !== undefined) {
    field.options = { ...field.options, inverseLinkFieldId: inverse.field.id };
    inverse.table.fields.push(inverse.field);
  }
  assertSchemaSize(base);
  await insertField(context, table, field);
  if (inverse !== undefined) await insertField(context, inverse.table, inverse.field);
  return field;
}

/** The inverse field of a new link. As with Airtable, links within one table have none. */
function inverseOf(
  base: StoredBase,
  table: StoredTable,
  field: StoredField,
): { table: StoredTable; field: StoredField } | undefined {
  if (field.type !== 'multipleRecordLinks' || field.options.linkedTableId === table.id) return undefined;
  const other = tableById(base, field.options.linkedTableId);
  if (other === undefined) return undefined;
  const isTaken = (wanted: string) => other.fields.some((one) => isSameName(one.name, wanted));
  let inverseName = table.name;
  for (let copy = 2; isTaken(inverseName); copy += 1) inverseName = `${table.name} ${copy}`;
  return {
    table: other,
    field: {
      id: newId('fld'),
      name: inverseName,
      type: 'multipleRecordLinks',
      description: null,
      options: {
        linkedTableId: table.id,
        prefersSingleRecordLink: false,
        inverseLinkFieldId: field.id,
        isReversed: true,
      },
    },
  };
}

async function insertField(context: SchemaContext, table: StoredTable, field: StoredField): Promise<void> {
  await context.tx.query(
    `insert into airtable.fields (id, tenant_id, table_id, name, type, description, options, position)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      field.id,
      context.tenantId,
      table.id,
      field.name,
      field.type,
      field.description,
      storableJson(field.options),
      table.fields.indexOf(field),
    ],
  );
  context.changes.fieldCreated(table, field);
}

export async function changeTable(
  context: SchemaContext,
  ref: { baseId: string; table: string },
  change: TableChange,
): Promise<WrittenTable> {
  const { base } = await context.schemas.loadForWriting(context, ref.baseId);
  const table = findTable(base, ref.table);
  const before = { name: table.name, description: table.description };
  const newName = change.name === undefined ? table.name : name(change.name);
  if (base.tables.some((other) => other !== table && isSameName(other.name, newName)))
    throw duplicateName('TABLE', newName);
  table.name = newName;
  if (change.description !== undefined) table.description = description(change.description);
  assertSchemaSize(base);
  await context.tx.query('update airtable.tables set name = $2, description = $3 where id = $1', [
    table.id,
    table.name,
    table.description,
  ]);
  if (before.name !== table.name || before.description !== table.description)
    context.changes.tableRenamed(table, before);
  return { base, table };
}

/** Changes name, description and options of a field. The type cannot change. */
export async function changeField(
  context: SchemaContext,
  ref: { baseId: string; table: string; fieldId: string },
  change: FieldChange,
): Promise<WrittenField> {
  const { base } = await context.schemas.loadForWriting(context, ref.baseId);
  const table = findTable(base, ref.table);
  const field = findField(table, ref.fieldId);
  const original = { ...field };
  const newName = change.name === undefined ? field.name : name(change.name);
  if (table.fields.some((other) => other !== field && isSameName(other.name, newName)))
    throw duplicateName('FIELD', newName);
  field.name = newName;
  if (change.description !== undefined) field.description = description(change.description);
  if (change.options !== undefined) {
    const before = field.options;
    field.options = changedOptions(field, storable(change.options));
    field.options = await readFieldOptions(base, table, field, before);
  }
  assertSchemaSize(base);
  await context.tx.query(
    'update airtable.fields set name = $2, description = $3, options = $4 where id = $1',
    [field.id, field.name, field.description, storableJson(field.options)],
  );
  // The keys of a select field are the places of its choices.
  if (!isDeepStrictEqual(original.options, field.options)) await dropKeys(context.tx, field.id);
  if (!isDeepStrictEqual(original, field)) context.changes.fieldChanged(table, original);
  return { base, table, field };
}

/** A link keeps its table, and existing choices cannot be removed, since cells may contain them. */
function changedOptions(field: StoredField, options: FieldOptions): FieldOptions {
  const merged = { ...field.options, ...options };
  if (field.type === 'multipleRecordLinks') {
    const { linkedTableId, inverseLinkFieldId, isReversed } = field.options;
    return { ...merged, linkedTableId, inverseLinkFieldId, isReversed };
  }
  if (field.type === 'singleSelect' || field.type === 'multipleSelects') {
    const given = Array.isArray(options.choices)
      ? (options.choices as { id?: unknown; name?: unknown }[])
      : [];
    const kept = (field.options.choices as { id: string; name: string }[] | undefined) ?? [];
    const missing = kept.filter(
      ({ id, name: old }) => !given.some((one) => one?.id === id || one?.name === old),
    );
    if (options.choices !== undefined && missing.length > 0)
      throw invalidFieldOptions('Invalid options: choices cannot be removed');
  }
  return merged;
}

function name(given: string): string {
  const clean = storableText(given).trim();
  if (clean === '') throw invalidRequest('a name is empty');
  // As a field name it would be a key with a special meaning in JavaScript.
  if (clean === '__proto__') throw invalidRequest('"__proto__" is not a valid name');
  return clean;
}

function description(given: string | undefined): string | null {
  return given === undefined || given === '' ? null : storableText(given);
}

/** @throws AirtableProblem for options that are nested too deeply for any type */
function storable(options: Record<string, unknown>): FieldOptions {
  if (isDeeperThan(options, 10)) throw invalidFieldOptions('Invalid options: nested too deeply');
  return JSON.parse(storableJson(options)) as FieldOptions;
}
