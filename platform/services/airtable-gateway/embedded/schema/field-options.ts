import { z } from 'zod';
import { invalidFieldOptions } from '../../airtable-problem.ts';
import { dateTimeOptions } from '../../fields/date-kinds.ts';
import type { FieldOptions, StoredField } from '../../fields/field-kind.ts';
import { kindOf } from '../../fields/field-kinds.ts';
import { parseOptions } from '../../fields/option-schema.ts';
import { compileFormula } from '../../formula/compile-formula.ts';
import { renameFields } from '../../formula/expression.ts';
import { FormulaSyntaxError } from '../../formula/formula-error.ts';
import { formulaLimits } from '../../formula/limits.ts';
import { printFormula } from '../../formula/print-formula.ts';
import { compileFieldFormula } from '../records/value-sources.ts';
import {
  fieldById,
  fieldNamed,
  linkedTable,
  rollupValues,
  type StoredBase,
  type StoredTable,
  tableById,
} from './stored-base.ts';

const FieldReference = z.string().max(255);
const Link = z.object({
  linkedTableId: z.string().max(17),
  prefersSingleRecordLink: z.boolean().default(false),
});
const Lookup = z.object({ recordLinkFieldId: FieldReference, fieldIdInLinkedTable: FieldReference });
const Formula = z.object({ formula: z.string().min(1).max(formulaLimits.sourceLength) });
const timeResult = z
  .object({ result: z.object({ type: z.enum(['date', 'dateTime']), options: z.unknown() }).optional() })
  .transform(() => ({ ...dateTimeOptions.parse({}) }));
const LastModified = z.object({ referencedFieldIds: z.array(FieldReference).max(500).default([]) });

/**
 * Validates the options of a field against its table and base, which already contain the field. Returns them as
 * stored: references to fields and tables are ids.
 * @throws AirtableProblem `INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE`
 */
export async function readFieldOptions(
  base: StoredBase,
  table: StoredTable,
  field: StoredField,
  before?: FieldOptions,
): Promise<FieldOptions> {
  const kind = kindOf(field.type);
  if (kind !== undefined) return kind.readOptions(field.options, before);
  switch (field.type) {
    case 'multipleRecordLinks': {
      const options = parseOptions(Link, field.options);
      if (tableById(base, options.linkedTableId) === undefined)
        throw invalidFieldOptions(`Invalid options: linkedTableId ${options.linkedTableId} does not exist`);
      const { inverseLinkFieldId, isReversed } = field.options;
      return { ...options, ...(inverseLinkFieldId === undefined ? {} : { inverseLinkFieldId, isReversed }) };
    }
    case 'formula':
      return readFormula(table, field, parseOptions(Formula, field.options).formula);
    case 'rollup': {
      const lookup = readLookup(base, table, field.options);
      const { formula } = parseOptions(Formula, { formula: `SUM(${rollupValues})`, ...field.options });
      return { ...lookup, ...(await readFormula(table, field, formula)) };
    }
    case 'multipleLookupValues':
      return readLookup(base, table, field.options);
    case 'count': {
      const { recordLinkFieldId } = parseOptions(Lookup.pick({ recordLinkFieldId: true }), field.options);
      return { recordLinkFieldId: linkField(base, table, recordLinkFieldId).id };
    }
    case 'createdTime':
      return parseOptions(timeResult, field.options);
    case 'lastModifiedTime': {
      const { referencedFieldIds } = parseOptions(LastModified, field.options);
      const ids = referencedFieldIds.map((name) => reference(table, name).id);
      return { ...parseOptions(timeResult, field.options), referencedFieldIds: ids };
    }
    case 'lastModifiedBy': {
      const { referencedFieldIds } = parseOptions(LastModified, field.options);
      return { referencedFieldIds: referencedFieldIds.map((name) => reference(table, name).id) };
    }
    default:
      return {};
  }
}

function reference(table: StoredTable, nameOrId: string): StoredField {
  const field = fieldNamed(table, nameOrId);
  if (field === undefined) throw invalidFieldOptions(`Invalid options: there is no field ${nameOrId}`);
  return field;
}

function linkField(base: StoredBase, table: StoredTable, nameOrId: string): StoredField {
  const link = reference(table, nameOrId);
  if (linkedTable(base, link) === undefined)
    throw invalidFieldOptions(`Invalid options: field ${nameOrId} does not link to records`);
  return link;
}

function readLookup(base: StoredBase, table: StoredTable, options: FieldOptions): FieldOptions {
  const { recordLinkFieldId, fieldIdInLinkedTable } = parseOptions(Lookup, options);
  const link = linkField(base, table, recordLinkFieldId);
  const target = reference(linkedTable(base, link) as StoredTable, fieldIdInLinkedTable);
  return { recordLinkFieldId: link.id, fieldIdInLinkedTable: target.id };
}

/** Formulas are stored with field ids, so that a renamed field does not break them. */
async function readFormula(table: StoredTable, field: StoredField, source: string): Promise<FieldOptions> {
  const fieldId = (name: string) =>
    field.type === 'rollup' && name === rollupValues ? rollupValues : fieldNamed(table, name)?.id;
  try {
    const { expression, fieldIds } = await compileFormula(source, { fieldId });
    const stored = {
      ...field,
      options: { formula: printFormula(renameFields(expression, (name) => fieldId(name) ?? name)) },
    };
    await assertNoCycle(table, stored);
    return {
      formula: stored.options.formula,
      referencedFieldIds: [...fieldIds].filter((id) => id !== rollupValues),
    };
  } catch (error) {
    if (error instanceof FormulaSyntaxError)
      throw invalidFieldOptions(`Invalid formula: ${error.message} (at character ${error.at + 1})`);
    throw error;
  }
}

/** Follows formulas within one table. The depth limit of computed values ends cycles through links. */
async function assertNoCycle(table: StoredTable, start: StoredField): Promise<void> {
  const seen = new Set<string>();
  const open: StoredField[] = [start];
  for (let field = open.pop(); field !== undefined; field = open.pop()) {
    if (field.type !== 'formula' && field.type !== 'rollup') continue;
    for (const id of (await compileFieldFormula(table, field))?.fieldIds ?? []) {
      if (id === start.id) throw invalidFieldOptions('Invalid formula: it reads its own value');
      const next = fieldById(table, id);
      if (next === undefined || seen.has(id)) continue;
      seen.add(id);
      open.push(next);
    }
  }
}
