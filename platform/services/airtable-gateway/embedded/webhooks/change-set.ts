import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { RecordRow } from '../records/record-row.ts';
import { type StoredBase, type StoredTable, tableNamed } from '../schema/stored-base.ts';

/** An active webhook of a base. */
export interface Watcher {
  id: string;
  specification: WebhookSpecification;
}

export interface TableText {
  name: string;
  description: string | null;
}

/** The changes of a table's schema. */
export interface SchemaChange {
  table: StoredTable;
  /** Previous name and description, when one of them changed. */
  before: TableText | undefined;
  created: StoredField[];
  /** Changed fields in their previous state. */
  changed: StoredField[];
}

/** The written records of a table in their previous state; null for new records. */
export type RecordsBefore = ReadonlyMap<string, RecordRow | null>;

/** Who reads the changes of a base. */
export interface ChangeReaders {
  webhooks: readonly Watcher[];
  /** Ids or names of the tables whose changes start workflows; none stands for all tables. Null: no table. */
  workflowTables: readonly string[] | null;
}

/**
 * Collects the changes of one transaction in a base for its webhooks and for workflows. Without either it collects
 * nothing. The new state is read at the end of the transaction, so a record that is written twice counts once.
 */
export class ChangeSet {
  #base: StoredBase | undefined;
  #watchers: readonly Watcher[] = [];
  /** Ids of the tables whose changes start workflows. */
  #workflowTables: ReadonlySet<string> = new Set();
  readonly #createdTables: StoredTable[] = [];
  readonly #schemas = new Map<string, SchemaChange>();
  readonly #records = new Map<string, Map<string, RecordRow | null>>();

  /** Call it when the base is locked: from then on its webhooks do not change. */
  watch(base: StoredBase, { webhooks, workflowTables }: ChangeReaders): void {
    this.#base = base;
    this.#watchers = webhooks;
    if (workflowTables === null) return;
    const tables =
      workflowTables.length === 0
        ? base.tables
        : workflowTables.flatMap((idOrName) => tableNamed(base, idOrName) ?? []);
    this.#workflowTables = new Set(tables.map(({ id }) => id));
  }

  /** The base, and the ids of its tables whose changes start workflows; undefined without such tables. */
  get watchedTables(): { base: StoredBase; ids: ReadonlySet<string> } | undefined {
    if (this.#base === undefined || this.#workflowTables.size === 0) return undefined;
    return { base: this.#base, ids: this.#workflowTables };
  }

  /** The base and its webhooks; undefined without changes or without webhooks. */
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
    // A new table is reported with its fields.
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

  /** Changed or deleted records in their previous state. */
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
    if (this.#watchers.length === 0 && !this.#workflowTables.has(tableId)) return;
    const ofTable = this.#records.get(tableId) ?? new Map<string, RecordRow | null>();
    this.#records.set(tableId, ofTable);
    if (!ofTable.has(id)) ofTable.set(id, before);
  }
}
