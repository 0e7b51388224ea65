import { expect, it } from 'vitest';
import { airtableGateway } from '../../contracts/airtable-gateway/contract.ts';
import { type ToolName, toolNames } from '../../contracts/mcp-server/contract.ts';
import { toolScopes } from '../../contracts/mcp-server/tool-scopes.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import { createLog } from '../../kit/observe/log.ts';
import type { Airtable } from './airtable.ts';
import { callTool } from './call-tool.ts';

const routes: Readonly<Record<string, RouteSpec>> = airtableGateway.routes;
const record = { id: 'recA1b2C3d4E5f6G7', createdTime: '2025-08-07T12:00:00.000Z', fields: { Name: 'x' } };
const table = {
  id: 'tbl1',
  name: 'T',
  primaryFieldId: 'fld1',
  fields: [{ id: 'fld1', name: 'Name', type: 'singleLineText' }],
  views: [],
};
/** Every property that a tool reads of any response. */
const response = { ...record, name: 'New', deleted: true, bases: [], tables: [table], records: [record] };

const where = { base_id: 'app1', table_id: 'T' };
const calls: Record<ToolName, object> = {
  list_bases: {},
  list_tables: { base_id: 'app1' },
  get_records: where,
  create_record: { ...where, fields: {} },
  update_record: { ...where, record_id: 'rec1', fields: {} },
  delete_record: { ...where, record_id: 'rec1' },
  search_records: { ...where, query: 'x' },
  create_metadata_table: { base_id: 'app1' },
  batch_create_records: { ...where, records: [{}] },
  batch_update_records: { ...where, records: [{ id: 'rec1', fields: {} }] },
  upsert_records: { ...where, merge_on: ['Name'], records: [{ Name: 'x' }] },
  batch_delete_records: { ...where, record_ids: ['rec1'] },
  get_field_info: where,
  analyze_table_data: where,
  find_duplicates: { ...where, fields: ['Name'] },
  export_table_csv: where,
  sync_tables: {
    source_base_id: 'app1',
    source_table_id: 'T',
    target_base_id: 'app2',
    target_table_id: 'T',
    key_field: 'Name',
  },
};

it.each(toolNames)('%s has the scopes of the routes that it calls', async (name) => {
  const used = new Set<string | undefined>();
  const airtable = new Proxy({} as Airtable, {
    get: (_target, route: string) => async () => {
      used.add(routes[route]?.scope);
      return response;
    },
  });
  const result = await callTool(
    { name, arguments: calls[name] },
    {
      airtable,
      signal: new AbortController().signal,
      log: createLog({ service: 'test', level: 'silent' }),
    },
  );
  expect(result).toMatchObject({ kind: 'done' });
  const { needs, mayNeed = [] } = toolScopes[name];
  expect([...used].sort()).toEqual([...needs, ...mayNeed].sort());
});
