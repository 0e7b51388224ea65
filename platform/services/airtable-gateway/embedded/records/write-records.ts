import { isDeepStrictEqual } from 'node:util';
import type { AirtableRecord } from '../../../../contracts/airtable-gateway/records.ts';
import { storableJson } from '../../../../kit/postgres/storable-text.ts';
import { isId, newId } from '../../airtable-id.ts';
import { invalidRequest, recordNotFound } from '../../airtable-problem.ts';
import { choicesOf } from '../../fields/choice-kinds.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { isComputed, kindOf } from '../../fields/field-kinds.ts';
import type { NewRecord, RecordChange, UpdateOptions, UpdateResult, WriteOptions } from '../../upstream.ts';
import { matchRecords } from '../matching/match-records.ts';
import type { Wanted } from '../matching/search-records.ts';
import {
  assertSchemaSize,
  fieldNamed,
  findField,
  findTable,
  type StoredBase,
  type StoredTable,
} from '../schema/stored-base.ts';
import {
  type LinkChange,
  type LinkContext,
  removeLinksTo,
  resolveLinks,
  writeBackLinks,
} from './link-records.ts';
import { type CellChanges, CellReader, usersIn } from './read-cells.ts';
import { loadRows, type RecordRow } from './record-row.ts';
import { linkIds } from './record-values.ts';
import { showRecords } from './show-records.ts';
import { deleteRows, insertRows, type RowContent, touch, updateRows } from './store-rows.ts';
import { ValueLoader } from './value-sources.ts';

/** Maximum size of a record's cells, characters of JSON. A list keeps hundreds of records in memory. */
const maxRecordLength = 256 * 1024;

/** What one change of an upsert writes to. */
interface MergeTarget {
  /** Undefined when no record matches. */
  id?: string | undefined;
  /** The values to merge on; undefined when all are empty, since empty values identify no record. */
  key?: string | undefined;
}

/** Writes to one table in one transaction. The base is locked until the transaction ends. */
export class RecordWriter {
  readonly #context: LinkContext;
  readonly #table: StoredTable;
  /** Select fields with new choices that are not saved yet, each with its previous state. */
  readonly #extended = new Map<StoredField, StoredField>();

  private constructor(context: LinkContext, table: StoredTable) {
    this.#context = context;
    this.#table = table;
  }

  /** @throws AirtableProblem when the tenant has no such base or table */
  static async open(
    context: Omit<LinkContext, 'base' | 'indexes'>,
    ref: { baseId: string; table: string },
  ): Promise<RecordWriter> {
    const locked = await context.schemas.loadForWriting(context, ref.baseId, (base) =>
      withOwnTable(base, ref.table),
    );
    return new RecordWriter({ ...context, ...locked }, findTable(locked.base, ref.table));
  }

  async create(records: readonly NewRecord[], options: WriteOptions): Promise<AirtableRecord[]> {
    return this.#show(await this.#insert(records, options), options);
  }

  /** @throws AirtableProblem when a record does not exist; then nothing is written */
  async update(changes: readonly RecordChange[], options: UpdateOptions): Promise<UpdateResult> {
    if (options.fieldsToMergeOn !== undefined)
      return this.#upsert(changes, { ...options, fieldsToMergeOn: options.fieldsToMergeOn });
    const ids = changes.map(({ id }) => id ?? '');
    if (new Set(ids).size !== ids.length) throw invalidRequest('a record appears twice');
    await this.#change(changes, options);
    return { records: await this.#show(ids, options) };
  }

  /** @throws AirtableProblem when a record does not exist; then nothing is deleted */
  async remove(ids: readonly string[]): Promise<{ id: string; deleted: true }[]> {
    const distinct = [...new Set(ids)];
    const rows = await this.#rows(distinct);
    await removeLinksTo(this.#context, this.#table, rows);
    await deleteRows(this.#context, this.#table.id, rows);
    return distinct.map((id) => ({ id, deleted: true }));
  }

  async #rows(ids: readonly string[]): Promise<RecordRow[]> {
    if (!ids.every((id) => isId('rec', id))) throw recordNotFound();
    const rows = await loadRows(this.#context.tx.query, this.#table.id, ids);
    if (rows.length !== ids.length) throw recordNotFound();
    return rows;
  }

  async #show(ids: readonly string[], options: WriteOptions): Promise<AirtableRecord[]> {
    const { tx, base, now } = this.#context;
    return showRecords(await loadRows(tx.query, this.#table.id, ids), new ValueLoader(tx.query, base, now), {
      fields: this.#table.fields,
      byFieldId: options.returnFieldsByFieldId === true,
    });
  }

  async #insert(records: readonly NewRecord[], options: WriteOptions): Promise<string[]> {
    const reader = await this.#reader(records, options.typecast);
    const links: LinkChange[] = [];
    const rows = [];
    for (const { fields } of records) {
      const id = newId('rec');
      const content = await this.#apply(
        reader.read(fields),
        { id, cells: {}, touched: {}, touched_by: {}, created_by: this.#context.userId },
        links,
      );
      rows.push(content);
    }
    await this.#saveChoices();
    await insertRows(this.#context, this.#table.id, rows);
    await writeBackLinks(this.#context, links);
    return rows.map(({ id }) => id);
  }

  async #change(changes: readonly RecordChange[], options: UpdateOptions): Promise<void> {
    const reader = await this.#reader(changes, options.typecast);
    const rows = await this.#rows(changes.map(({ id }) => id ?? ''));
    const links: LinkChange[] = [];
    const changed = [];
    for (const [index, row] of rows.entries()) {
      const given = reader.read(changes[index]?.fields ?? {}, row.cells);
      if (options.replace) this.#clearOthers(given);
      const content = await this.#apply(given, row, links);
      if (!isDeepStrictEqual(content.cells, row.cells)) changed.push({ ...content, before: row });
    }
    await this.#saveChoices();
    await updateRows(this.#context, this.#table.id, changed);
    await writeBackLinks(this.#context, links);
  }

  /** A replacement clears every writable field that is not named. */
  #clearOthers(changes: CellChanges): void {
    for (const field of this.#table.fields) {
      if (isComputed(field.type) || changes.plain.has(field) || changes.links.has(field)) continue;
      if (kindOf(field.type) === undefined) changes.links.set(field, []);
      else changes.plain.set(field, undefined);
    }
  }

  async #apply(
    changes: CellChanges,
    row: RowContent & Pick<RecordRow, 'created_by'>,
    links: LinkChange[],
  ): Promise<RowContent> {
    const cells = { ...row.cells };
    const changed: string[] = [];
    const set = (fieldId: string, value: unknown) => {
      if (isDeepStrictEqual(cells[fieldId], value)) return;
      if (value === undefined) delete cells[fieldId];
      else cells[fieldId] = value;
      changed.push(fieldId);
    };
    for (const [field, value] of changes.plain) set(field.id, value);
    for (const [field, wanted] of changes.links) {
      const before = linkIds(row, field.id);
      const after = await resolveLinks(this.#context, field, wanted);
      set(field.id, after.length === 0 ? undefined : after);
      links.push({ field, recordId: row.id, before, after });
    }
    if (storableJson(cells).length > maxRecordLength)
      throw invalidRequest(`a record has at most ${maxRecordLength} characters`);
    return { id: row.id, cells, ...touch(row, changed, this.#context) };
  }

  async #reader(records: readonly NewRecord[], typecast = false): Promise<CellReader> {
    const users = await this.#context.findUsers(
      usersIn(this.#table, records, typecast),
      this.#context.base.workspaceId,
    );
    return new CellReader(this.#table, { typecast, extended: this.#extended, users });
  }

  async #saveChoices(): Promise<void> {
    if (this.#extended.size > 0) assertSchemaSize(this.#context.base);
    for (const [field, before] of this.#extended) {
      await this.#context.tx.query('update airtable.fields set options = $2 where id = $1', [
        field.id,
        storableJson(field.options),
      ]);
      this.#context.changes.fieldChanged(this.#table, before);
    }
    this.#extended.clear();
  }

  /**
   * Matches are looked for in the table as it was before the request, so that no change of this request makes another
   * one overwrite a record. Two changes with the same values, not all empty, write the same new record.
   */
  async #upsert(
    changes: readonly RecordChange[],
    options: UpdateOptions & { fieldsToMergeOn: readonly string[] },
  ): Promise<UpdateResult> {
    const targets = await this.#targets(changes, options);
    const created: string[] = [];
    const updated: string[] = [];
    const ids: string[] = [];
    const createdByKey = new Map<string, string>();
    for (const [index, change] of changes.entries()) {
      const { id: found, key } = targets[index] ?? {};
      const id = found ?? (key === undefined ? undefined : createdByKey.get(key));
      if (id === undefined) {
        const [fresh = ''] = await this.#insert([change], options);
        if (key !== undefined) createdByKey.set(key, fresh);
        created.push(fresh);
        ids.push(fresh);
      } else {
        await this.#change([{ ...change, id }], options);
        if (!created.includes(id) && !updated.includes(id)) updated.push(id);
        ids.push(id);
      }
    }
    return { records: await this.#show(ids, options), createdRecords: created, updatedRecords: updated };
  }

  /** What each change writes to: the record that it names, or the only one with the same values. */
  async #targets(
    changes: readonly RecordChange[],
    options: UpdateOptions & { fieldsToMergeOn: readonly string[] },
  ): Promise<MergeTarget[]> {
    // A change without any value must not find a record that the request names.
    const named = [...new Set(changes.flatMap(({ id }) => id ?? []))];
    const unnamed = changes.filter(({ id }) => id === undefined);
    const wanted: Wanted[] = [];
    for (const change of unnamed) wanted.push(await this.#wanted(change, options, named));
    const found = await matchRecords(this.#context, this.#table, { wanted, limit: 2 });
    let next = 0;
    return changes.map(({ id }) => {
      if (id !== undefined) return { id };
      const { cells } = wanted[next] as Wanted;
      const ids = found[next] ?? [];
      next += 1;
      if (ids.length > 1)
        throw invalidRequest('more than one record matches the values of the fields to merge on');
      const key = [...cells].map(([field, stored]) => [field.id, stored]);
      return { id: ids[0], key: key.length === 0 ? undefined : storableJson(key) };
    });
  }

  /** The values of a change in the fields to merge on. */
  async #wanted(
    change: NewRecord,
    { fieldsToMergeOn, typecast = false }: UpdateOptions & { fieldsToMergeOn: readonly string[] },
    named: readonly string[],
  ): Promise<Wanted> {
    const cells = new Map<StoredField, unknown>();
    const empty: string[] = [];
    let hasNewChoice = false;
    const { fields } = change;
    const reader = await this.#reader([change], typecast);
    for (const name of fieldsToMergeOn) {
      const field = findField(this.#table, name);
      if (isComputed(field.type) || kindOf(field.type) === undefined || field.type === 'multipleAttachments')
        throw invalidRequest(`field "${field.name}" cannot be merged on`);
      const given = Object.keys(fields).find((key) => fieldNamed(this.#table, key) === field);
      if (given === undefined)
        throw invalidRequest(`a record has no value for "${field.name}", a field to merge on`);
      const stored = reader.read({ [given]: fields[given] }).plain.get(field);
      if (stored === undefined) empty.push(field.id);
      else cells.set(field, stored);
      hasNewChoice ||= this.#isNewChoice(field, stored);
    }
    return { cells, empty, except: cells.size === 0 ? named : [], hasNewChoice };
  }

  /** Whether a value has a choice that the request adds. */
  #isNewChoice(field: StoredField, stored: unknown): boolean {
    const before = this.#extended.get(field);
    if (before === undefined) return false;
    const known = new Set(choicesOf(before.options).map(({ id }) => id as unknown));
    return [stored].flat().some((id) => !known.has(id));
  }
}

/** A base in which one table may be changed: `typecast` adds choices to its fields. */
function withOwnTable(base: StoredBase, idOrName: string): StoredBase {
  const own = findTable(base, idOrName);
  const copy = { ...own, fields: own.fields.map((field) => ({ ...field })) };
  return { ...base, tables: base.tables.map((table) => (table === own ? copy : table)) };
}
