import type { TokenScope } from '../token-scope.ts';
import type { ToolName } from './contract.ts';

interface ToolScopes {
  /** Without one of these the tool always fails. */
  needs: readonly TokenScope[];
  /** Needed only for some calls. */
  mayNeed?: readonly TokenScope[];
}

const schema: ToolScopes = { needs: ['schema.bases:read'] };
const read: ToolScopes = { needs: ['data.records:read'] };
const write: ToolScopes = { needs: ['data.records:write'] };
/** For tools that look a table up before they read its records. */
const readTable: ToolScopes = { needs: ['schema.bases:read', 'data.records:read'] };

/** The scopes that a personal access token needs for each tool: those of the Airtable routes that the tool calls. */
export const toolScopes: Readonly<Record<ToolName, ToolScopes>> = {
  list_bases: schema,
  list_tables: schema,
  get_records: read,
  create_record: write,
  update_record: write,
  delete_record: write,
  search_records: readTable,
  // Creates the table only where it does not exist.
  create_metadata_table: {
    needs: ['schema.bases:read', 'data.records:write'],
    mayNeed: ['schema.bases:write'],
  },
  batch_create_records: write,
  batch_update_records: write,
  upsert_records: write,
  batch_delete_records: write,
  get_field_info: schema,
  analyze_table_data: readTable,
  find_duplicates: readTable,
  export_table_csv: readTable,
  sync_tables: readTable,
};

/** All scopes that tools use, sorted. */
export const scopesOfTools: readonly TokenScope[] = [
  ...new Set(Object.values(toolScopes).flatMap(({ needs, mayNeed = [] }) => [...needs, ...mayNeed])),
].sort();
