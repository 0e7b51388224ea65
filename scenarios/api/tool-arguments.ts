import type { ToolName } from '../../platform/contracts/mcp-server/contract.ts';
import type { PeopleBase } from './people-base.ts';

/** Valid arguments of every tool for a base of people with two records. */
export function toolArguments(
  name: ToolName,
  given: { base: PeopleBase; records: { kept: string; deleted: string; alsoDeleted: string } },
): Record<string, unknown> {
  const { base, records } = given;
  const table = { base_id: base.id, table_id: base.tableId };
  const fields = { Name: 'Grace', Age: 85 };
  const all: Record<ToolName, Record<string, unknown>> = {
    list_bases: {},
    list_tables: { base_id: base.id },
    get_records: { ...table, filter_by_formula: '{Age} > 1' },
    create_record: { ...table, fields },
    update_record: { ...table, record_id: records.kept, fields: { Age: 37 } },
    delete_record: { ...table, record_id: records.deleted },
    search_records: { ...table, query: 'ada' },
    create_metadata_table: { base_id: base.id },
    batch_create_records: { ...table, records: [fields, { Name: 'Alan' }] },
    batch_update_records: { ...table, records: [{ id: records.kept, fields: { Age: 38 } }] },
    upsert_records: { ...table, merge_on: ['Name'], records: [{ Name: 'Barbara' }, { Name: 'Katherine' }] },
    batch_delete_records: { ...table, record_ids: [records.alsoDeleted] },
    get_field_info: table,
    analyze_table_data: table,
    find_duplicates: { ...table, fields: ['Name'] },
    export_table_csv: table,
    sync_tables: {
      source_base_id: base.id,
      source_table_id: base.tableId,
      target_base_id: base.id,
      target_table_id: base.tableId,
      key_field: 'Name',
    },
  };
  return all[name];
}
