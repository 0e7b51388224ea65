import { isDeepStrictEqual } from 'node:util';
import type {
  RecordChanges,
  TableChanged,
  WebhookPayload,
} from '../../../../contracts/airtable-gateway/webhook-payloads.ts';
import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { StoredTable } from '../schema/stored-base.ts';
import type { ChangeSet, SchemaChange } from './change-set.ts';
import { type DescribedRecord, describeRecord, passes } from './describe-record.ts';
import type { RecordDelta } from './record-deltas.ts';

export type PayloadContent = Pick<WebhookPayload, 'changedTablesById' | 'createdTablesById'>;

/** The source of all changes to the platform's bases. */
export const source = 'publicApi';

/** Size at which the next payload begins. */
const maxRecords = 100;
const maxCharacters = 1_000_000;

/** Builds the payloads of one webhook for one transaction. */
export class PayloadBuilder {
  readonly #specification: WebhookSpecification;
  readonly #contents: PayloadContent[] = [];
  #records = 0;
  #characters = 0;

  constructor(specification: WebhookSpecification) {
    this.#specification = specification;
  }

  /** Payloads in order; none when no change matches the webhook. */
  get contents(): readonly PayloadContent[] {
    return this.#contents;
  }

  get wantsRecords(): boolean {
    return this.#includes('tableData') && passes(this.#filters.fromSources, source);
  }

  get #filters() {
    return this.#specification.options.filters;
  }

  addSchema({ createdTables, schemas }: Pick<ChangeSet, 'createdTables' | 'schemas'>): void {
    if (!passes(this.#filters.fromSources, source)) return;
    for (const table of createdTables) this.#addCreatedTable(table);
    for (const change of schemas) this.#addSchemaChange(change);
  }

  addRecords(table: StoredTable, deltas: readonly RecordDelta[]): void {
    if (!this.wantsRecords || !this.#isInScope(table)) return;
    for (const delta of deltas) {
      const described = describeRecord(this.#specification, delta);
      if (described !== undefined) this.#addRecord(table, delta.id, described);
    }
  }

  #includes(dataType: 'tableData' | 'tableFields' | 'tableMetadata'): boolean {
    return this.#filters.dataTypes.includes(dataType);
  }

  #isInScope({ id, views }: StoredTable): boolean {
    const { recordChangeScope: scope } = this.#filters;
    return scope === undefined || id === scope || views.some((view) => view.id === scope);
  }

  #current(): PayloadContent {
    const current = this.#contents.at(-1);
    if (current !== undefined && this.#records < maxRecords && this.#characters < maxCharacters)
      return current;
    const fresh: PayloadContent = {};
    this.#contents.push(fresh);
    this.#records = 0;
    this.#characters = 0;
    return fresh;
  }

  #changesOf(table: StoredTable): TableChanged {
    const content = this.#current();
    content.changedTablesById ??= {};
    content.changedTablesById[table.id] ??= {};
    return content.changedTablesById[table.id] as TableChanged;
  }

  #addCreatedTable(table: StoredTable): void {
    const { watchSchemasOfFieldIds, changeTypes } = this.#filters;
    if (!this.#isInScope(table) || !passes(changeTypes, 'add')) return;
    const fields = table.fields.filter(({ id }) => passes(watchSchemasOfFieldIds, id));
    const withFields = this.#includes('tableFields') && fields.length > 0;
    if (!withFields && !this.#includes('tableMetadata')) return;
    const content = this.#current();
    content.createdTablesById ??= {};
    content.createdTablesById[table.id] = {
      ...(this.#includes('tableMetadata')
        ? { metadata: { name: table.name, description: table.description } }
        : {}),
      ...(withFields
        ? { fieldsById: Object.fromEntries(fields.map(({ id, name, type }) => [id, { name, type }])) }
        : {}),
      ...(this.#includes('tableData') ? { recordsById: {} } : {}),
    };
  }

  #addSchemaChange({ table, before, created, changed }: SchemaChange): void {
    if (!this.#isInScope(table)) return;
    const { changeTypes, watchSchemasOfFieldIds } = this.#filters;
    if (before !== undefined && this.#includes('tableMetadata') && passes(changeTypes, 'update'))
      this.#changesOf(table).changedMetadata = {
        current: { name: table.name, description: table.description },
        previous: before,
      };
    if (!this.#includes('tableFields')) return;
    const watched = ({ id }: StoredField) => passes(watchSchemasOfFieldIds, id);
    const added = passes(changeTypes, 'add') ? created.filter(watched) : [];
    for (const { id, name, type } of added) {
      const changes = this.#changesOf(table);
      changes.createdFieldsById = { ...changes.createdFieldsById, [id]: { name, type } };
    }
    const updated = passes(changeTypes, 'update') ? changed.filter(watched) : [];
    for (const previous of updated) this.#addChangedField(table, previous);
  }

  #addChangedField(table: StoredTable, previous: StoredField): void {
    const field = table.fields.find(({ id }) => id === previous.id);
    if (field === undefined) return;
    const renamed = field.name !== previous.name;
    // Options belong to the type. A new description is also reported by the type, since payloads have no field for it.
    const retyped = !renamed || !isDeepStrictEqual(field.options, previous.options);
    const info = ({ name, type }: StoredField) => ({
      ...(renamed ? { name } : {}),
      ...(retyped ? { type } : {}),
    });
    const changes = this.#changesOf(table);
    changes.changedFieldsById = {
      ...changes.changedFieldsById,
      [field.id]: {
        current: info(field),
        ...(this.#specification.options.includes?.includePreviousFieldDefinitions === true
          ? { previous: info(previous) }
          : {}),
      },
    };
  }

  #addRecord(table: StoredTable, id: string, described: DescribedRecord): void {
    const changes = this.#recordChangesOf(table);
    if (described.kind === 'destroyed')
      changes.destroyedRecordIds = [...(changes.destroyedRecordIds ?? []), id];
    else if (described.kind === 'created') {
      changes.createdRecordsById ??= {};
      changes.createdRecordsById[id] = described.value;
    } else {
      changes.changedRecordsById ??= {};
      changes.changedRecordsById[id] = described.value;
    }
    this.#records += 1;
    this.#characters += JSON.stringify(described).length;
  }

  /** A webhook on a view reports changes of records under that view. */
  #recordChangesOf(table: StoredTable): RecordChanges {
    const changes = this.#changesOf(table);
    const { recordChangeScope: scope } = this.#filters;
    if (scope === undefined || scope === table.id) return changes;
    changes.changedViewsById ??= {};
    changes.changedViewsById[scope] ??= {};
    return changes.changedViewsById[scope] as RecordChanges;
  }
}
