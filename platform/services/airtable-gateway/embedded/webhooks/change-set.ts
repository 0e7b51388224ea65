import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { RecordRow } from '../records/record-row.ts';
import type { StoredBase, StoredTable } from '../schema/base-schema.ts';

/** A webhook that wants to know what changes in its base. */
export interface Watcher {
  id: string;
  specification: WebhookSpecification;
}

export interface TableText {
  name: string;
  description: string | null;
}

/** What has changed in a table's schema. */
export interface SchemaChange {
  table: StoredTable;
  /** Name and description before, when they were changed. */
  before: TableText | undefined;
  created: StoredField[];
  /** The fields as they were. */
  changed: StoredField[];
}

/** Records of a table that were written, as they were before; null for those that did not exist. */
export type RecordsBefore = ReadonlyMap<string, RecordRow | null>;

/**
 * What one transaction changes in a base, gathered for its webhooks. Nothing is gathered while nobody watches. The
 * state after the changes is read when the transaction is about to end, so a record written twice counts once.
 */
export class ChangeSet {
  #base: StoredBase | undefined;
  #watchers: readonly Watcher[] = [];
  readonly #createdTables: StoredTable[] = [];
  readonly #schemas = new Map<string, SchemaChange>();
  readonly #records = new Map<string, Map<string, RecordRow | null>>();

  /** To be called once the base is locked: from then on nobody starts or stops watching. */
  watch(base: StoredBase, watchers: readonly Watcher[]): void {
    this.#base = base;
    this.#watchers = watchers;
  }

  /** The base and who watches it; undefined when there is nothing to tell, or nobody to tell it to. */
  get watched(): { base: StoredBase; watchers: readonly Watcher[] } | undefined {
    const changed = this.#createdTables.length + this.#schemas.size + this.#records.size > 0;
    if (!changed || this.#base === undefined || this.#watchers.length === 0) return undefined;
    return { base: this.#base, watchers: this.#watchers };
  }

  get createdTables(): readonly StoredTable[] {
    return this.#createdTables;
  }

  get schemas(): readonly SchemaChange[] {
    return [...this.#schemas.values()];
  }

  /** By table id. */
  get records(): ReadonlyMap<string, RecordsBefore> {
    return this.#records;
  }

  tableCreated(table: StoredTable): void {
    if (this.#watchers.length > 0) this.#createdTables.push(table);
  }

  tableRenamed(table: StoredTable, before: TableText): void {
    const change = this.#schemaOf(table);
    if (change !== undefined) change.before ??= before;
  }

  fieldCreated(table: StoredTable, field: StoredField): void {
    // The fields of a new table are told of with it.
    if (!this.#createdTables.includes(table)) this.#schemaOf(table)?.created.push(field);
  }

  fieldChanged(table: StoredTable, before: StoredField): void {
    const change = this.#schemaOf(table);
    if (change !== undefined && !change.changed.some(({ id }) => id === before.id))
      change.changed.push(before);
  }

  recordsCreated(tableId: string, ids: readonly string[]): void {
    for (const id of ids) this.#recordWritten(tableId, id, null);
  }

  /** Records that were changed or deleted, as they were. */
  recordsChanged(tableId: string, before: readonly RecordRow[]): void {
    for (const row of before) this.#recordWritten(tableId, row.id, row);
  }

  #schemaOf(table: StoredTable): SchemaChange | undefined {
    if (this.#watchers.length === 0) return undefined;
    let change = this.#schemas.get(table.id);
    if (change === undefined) {
      change = { table, before: undefined, created: [], changed: [] };
      this.#schemas.set(table.id, change);
    }
    return change;
  }

  #recordWritten(tableId: string, id: string, before: RecordRow | null): void {
    if (this.#watchers.length === 0) return;
    const ofTable = this.#records.get(tableId) ?? new Map<string, RecordRow | null>();
    this.#records.set(tableId, ofTable);
    if (!ofTable.has(id)) ofTable.set(id, before);
  }
}
