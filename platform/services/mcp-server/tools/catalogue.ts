import { analyzeTableData } from './analyze-table-data.ts';
import { batchCreateRecords } from './batch-create-records.ts';
import { batchDeleteRecords } from './batch-delete-records.ts';
import { batchUpdateRecords } from './batch-update-records.ts';
import { createMetadataTable } from './create-metadata-table.ts';
import { createRecord } from './create-record.ts';
import { deleteRecord } from './delete-record.ts';
import { exportTableCsv } from './export-table-csv.ts';
import { findDuplicates } from './find-duplicates.ts';
import { getFieldInfo } from './get-field-info.ts';
import { getRecords } from './get-records.ts';
import { listBases } from './list-bases.ts';
import { listTables } from './list-tables.ts';
import { searchRecords } from './search-records.ts';
import { syncTables } from './sync-tables.ts';
import type { ToolDefinition } from './tool.ts';
import { updateRecord } from './update-record.ts';
import { upsertRecords } from './upsert-records.ts';

/** All tools, in the order in which clients see them. */
export const tools: readonly ToolDefinition[] = [
  listBases,
  listTables,
  getRecords,
  createRecord,
  updateRecord,
  deleteRecord,
  searchRecords,
  createMetadataTable,
  batchCreateRecords,
  batchUpdateRecords,
  upsertRecords,
  batchDeleteRecords,
  getFieldInfo,
  analyzeTableData,
  findDuplicates,
  exportTableCsv,
  syncTables,
];
