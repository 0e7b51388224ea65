import type { Field, Table } from '../../../../contracts/airtable-gateway/metadata.ts';
import type { FieldOptions, StoredField } from '../../fields/field-kind.ts';
import type { TableParts } from '../../upstream.ts';
import { resultType } from './result-type.ts';
import type { StoredBase, StoredTable } from './stored-base.ts';

/** A table in the format of the metadata API. */
export function showTable(base: StoredBase, table: StoredTable, include: TableParts = {}): Table {
  // No view hides a field.
  const visible = include.visibleFieldIds ? { visibleFieldIds: table.fields.map(({ id }) => id) } : {};
  return {
    id: table.id,
    name: table.name,
    ...(table.description === null ? {} : { description: table.description }),
    primaryFieldId: table.primaryFieldId,
    fields: table.fields.map((field) => showField(base, table, field)),
    views: table.views.map((view) => ({ ...view, ...visible })),
  };
}

export function showField(base: StoredBase, table: StoredTable, field: StoredField): Field {
  const options = showOptions(base, table, field);
  return {
    id: field.id,
    name: field.name,
    type: field.type,
    ...(field.description === null ? {} : { description: field.description }),
    ...(options === undefined ? {} : { options: { ...options } }),
  };
}

/** Options including derived ones; undefined for types without options. */
function showOptions(base: StoredBase, table: StoredTable, field: StoredField): FieldOptions | undefined {
  const { type, options } = field;
  switch (type) {
    case 'multipleRecordLinks':
      return { isReversed: false, ...options };
    case 'multipleAttachments':
      return { isReversed: true };
    case 'formula':
    case 'rollup':
    case 'multipleLookupValues':
      return { isValid: true, ...options, result: resultType(base, table, field) };
    case 'count':
      return { isValid: true, ...options };
    case 'createdTime':
      return { result: { type: 'dateTime', options } };
    case 'lastModifiedTime': {
      const { referencedFieldIds, ...format } = options;
      return { isValid: true, referencedFieldIds, result: { type: 'dateTime', options: format } };
    }
    case 'lastModifiedBy':
      return { isValid: true, ...options };
    default:
      return Object.keys(options).length === 0 ? undefined : options;
  }
}
