import type { Transaction } from '../../../../kit/postgres/database.ts';
import { invalidRequest } from '../../airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { type CompiledFormula, compileFormula } from '../../formula/compile-formula.ts';
import { FormulaSyntaxError } from '../../formula/formula-error.ts';
import { loadAuthors } from '../../users/authors.ts';
import type { User } from '../../users/user.ts';
import {
  fieldById,
  fieldNamed,
  linkedTable,
  primaryField,
  rollupValues,
  type StoredBase,
  type StoredTable,
  tableById,
} from '../schema/stored-base.ts';
import { loadRows, type RecordRow } from './record-row.ts';
import { linkIds, RecordValues } from './record-values.ts';

/** Maximum number of consecutive links that a computed value can follow. */
const maxLinkDepth = 6;
/** Maximum number of linked records per page. Without it one request could read the whole base repeatedly. */
const maxLinked = 20_000;
/** Maximum size of the linked records' cells in memory, characters of JSON. */
const maxLinkedText = 32_000_000;
const linkedPerQuery = 200;

interface Need {
  row: RecordRow;
  field: StoredField;
}

/** Compiles the formula of a formula or roll-up field; undefined when it is not valid. */
export async function compileFieldFormula(
  table: StoredTable,
  field: StoredField,
): Promise<CompiledFormula | undefined> {
  const source = String(field.options.formula ?? '');
  try {
    return await compileFormula(source, {
      fieldId: (name) =>
        field.type === 'rollup' && name === rollupValues ? rollupValues : fieldNamed(table, name)?.id,
    });
  } catch (error) {
    if (error instanceof FormulaSyntaxError) return undefined;
    throw error;
  }
}

/**
 * Loads the inputs of a base's computed fields. Each formula is compiled once. Linked records are read level by
 * level, with one query per table and level.
 */
export class ValueLoader {
  readonly #query: Transaction['query'];
  readonly #base: StoredBase;
  readonly #now: number;
  readonly #formulas = new Map<string, CompiledFormula>();
  readonly #compiled = new Set<string>();
  readonly #authors = new Map<string, User>();
  readonly #showsAuthors: boolean;
  readonly #known: ReadonlyMap<string, RecordRow>;
  #linkedText = 0;

  /** @param known records to use instead of the stored ones, e.g. their state before a change */
  constructor(
    query: Transaction['query'],
    base: StoredBase,
    now: number,
    known: ReadonlyMap<string, RecordRow> = new Map(),
  ) {
    this.#known = known;
    this.#query = query;
    this.#base = base;
    this.#now = now;
    this.#showsAuthors = base.tables.some(({ fields }) =>
      fields.some(({ type }) => type === 'createdBy' || type === 'lastModifiedBy'),
    );
  }

  /** Values of these fields of these rows, all of one table. */
  async load(rows: readonly RecordRow[], fields: readonly StoredField[]): Promise<RecordValues> {
    const linked = new Map(this.#known);
    this.#linkedText = 0;
    let needs: Need[] = rows.flatMap((row) => fields.map((field) => ({ row, field })));
    for (let level = 0; needs.length > 0 && level < maxLinkDepth; level += 1) {
      needs = await this.#follow(await this.#expandFormulas(needs), linked);
    }
    await this.#loadAuthors([...rows, ...linked.values()]);
    return new RecordValues({
      base: this.#base,
      linked,
      formulas: this.#formulas,
      authors: this.#authors,
      now: this.#now,
    });
  }

  /** Names the users who wrote these records, if a field of the base shows them. */
  async #loadAuthors(rows: readonly RecordRow[]): Promise<void> {
    if (!this.#showsAuthors) return;
    const ids = new Set(
      rows.flatMap((row) => [row.created_by, row.modified_by, ...Object.values(row.touched_by)]),
    );
    const missing = [...ids].filter((id) => id !== null).filter((id) => !this.#authors.has(id));
    if (missing.length === 0) return;
    for (const [id, user] of await loadAuthors(this.#query, missing)) this.#authors.set(id, user);
  }

  async #formula(table: StoredTable, field: StoredField): Promise<CompiledFormula | undefined> {
    if (!this.#compiled.has(field.id)) {
      this.#compiled.add(field.id);
      const formula = await compileFieldFormula(table, field);
      if (formula !== undefined) this.#formulas.set(field.id, formula);
    }
    return this.#formulas.get(field.id);
  }

  /** Replaces formulas by the fields of the same row that they read. */
  async #expandFormulas(needs: readonly Need[]): Promise<Need[]> {
    const expansion = new Map<string, StoredField[]>();
    const expanded: Need[] = [];
    for (const need of needs) {
      let fields = expansion.get(need.field.id);
      if (fields === undefined) {
        fields = await this.#fieldsBehind(need);
        expansion.set(need.field.id, fields);
      }
      for (const field of fields) expanded.push({ row: need.row, field });
    }
    return expanded;
  }

  async #fieldsBehind({ row, field }: Need): Promise<StoredField[]> {
    const table = tableById(this.#base, row.table_id);
    if (table === undefined) return [];
    const behind = new Map<string, StoredField>();
    const open = [field];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (behind.has(next.id)) continue;
      behind.set(next.id, next);
      if (next.type !== 'formula' && next.type !== 'rollup') continue;
      for (const id of (await this.#formula(table, next))?.fieldIds ?? []) {
        const read = fieldById(table, id);
        if (read !== undefined) open.push(read);
      }
    }
    return [...behind.values()].filter(({ type }) =>
      ['multipleRecordLinks', 'multipleLookupValues', 'rollup'].includes(type),
    );
  }

  /** @throws AirtableProblem when a limit is reached, since partial inputs would give wrong values */
  async #readLinked(
    table: StoredTable,
    ids: readonly string[],
    linked: Map<string, RecordRow>,
  ): Promise<void> {
    for (let start = 0; start < ids.length; start += linkedPerQuery) {
      if (linked.size > maxLinked || this.#linkedText > maxLinkedText)
        throw invalidRequest('too many linked records are needed at once; ask for fewer records or fields');
      for (const row of await loadRows(this.#query, table.id, ids.slice(start, start + linkedPerQuery))) {
        linked.set(row.id, row);
        this.#linkedText += JSON.stringify(row.cells).length;
      }
    }
  }

  /** Reads the directly linked records and returns which of their fields are needed. */
  async #follow(needs: readonly Need[], linked: Map<string, RecordRow>): Promise<Need[]> {
    const wanted = new Map<StoredTable, Map<string, Set<StoredField>>>();
    for (const { row, field } of needs) {
      const link =
        field.type === 'multipleRecordLinks'
          ? field
          : fieldById(tableById(this.#base, row.table_id), field.options.recordLinkFieldId);
      const table = linkedTable(this.#base, link);
      if (link === undefined || table === undefined) continue;
      const target =
        field.type === 'multipleRecordLinks'
          ? primaryField(table)
          : fieldById(table, field.options.fieldIdInLinkedTable);
      if (target === undefined) continue;
      const records = wanted.get(table) ?? new Map<string, Set<StoredField>>();
      wanted.set(table, records);
      for (const id of linkIds(row, link.id)) records.set(id, (records.get(id) ?? new Set()).add(target));
    }
    const further: Need[] = [];
    for (const [table, records] of wanted) {
      const missing = [...records.keys()].filter((id) => !linked.has(id));
      await this.#readLinked(table, missing, linked);
      for (const [id, fields] of records) {
        const row = linked.get(id);
        if (row !== undefined) for (const field of fields) further.push({ row, field });
      }
    }
    return further;
  }
}
