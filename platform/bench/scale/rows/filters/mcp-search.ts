import type { ToolResult } from '../../../../contracts/mcp-server/contract.ts';
import { assertSame } from '../../measure/assert-same.ts';
import type { FilledTable, RecordsRow } from '../../records/filled-table.ts';
import { measureRecordsSql } from '../../records/lists.ts';
import { timed } from '../../records/timed.ts';
import type { Outcome } from '../../suite.ts';

/** The fields that the tool searches. */
const searched = [
  'Name',
  'Email',
  'City',
  'Company',
  'Street',
  'Country',
  'Phone',
  'Website',
  'Amount',
  'Due',
  'Status',
  'Notes',
] as const;

async function search({ api, toolUrl, baseId, tableId }: FilledTable, query: string): Promise<Outcome> {
  const { value, returned } = await timed(() =>
    api.call<ToolResult>('POST', toolUrl, {
      name: 'search_records',
      arguments: { base_id: baseId, table_id: tableId, query },
    }),
  );
  if (!returned.success) throw new Error(`search_records failed: ${returned.error}`);
  const { records } = returned.structured as { records: { id: string }[] };
  return { value, result: records.map(({ id }) => id) };
}

function searchSql(table: FilledTable, query: string): Promise<Outcome> {
  const conditions = searched.map((name) => `lower(cells ->> '${table.fields[name]}') like $2`);
  return measureRecordsSql(
    table,
    `select id, number, cells from airtable.records
     where table_id = $1 and (${conditions.join(' or ')}) order by number limit 50`,
    [table.tableId, `%${query}%`],
  );
}

export const mcpSearch: RecordsRow = {
  id: 'mcp-search',
  title: 'Tool search_records of mcp-server, no match',
  floorTitle: 'where any field like, limit 50',
  unit: 'ms',
  goals: [{ kind: 'of-floor', times: 2 }],
  prepare: async () => undefined,
  measure: (table) => search(table, 'unicorn'),
  floor: (table) => searchSql(table, 'unicorn'),
  async verify(table) {
    const { result } = await search(table, 'zürich');
    assertSame(result, (await searchSql(table, 'zürich')).result);
    if ((result as unknown[]).length === 0) throw new Error('the tool found nothing');
  },
};
