import type { Account, CheckContext } from '../../../harness/engine/index.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { costCases } from './cost-cases.ts';

/** A tenant whose lists and table all have the same number of rows. */
export interface SizedTenant {
  account: Account;
  send: Send;
  rows: number;
  base: string;
  table: string;
}

/** Names repeat, so that sorting has ties. Ids of records are letters and digits of a hash. */
const insertRecords = `
  insert into airtable.records (id, tenant_id, table_id, number, cells, created_by, modified_by)
  select 'rec' || left(md5($2::text || n), 14), $1::uuid, $2::text, n,
    jsonb_build_object($3::text, 'Item ' || (n * 7919) % 1500, $4::text, n % 97), $5::uuid, $5::uuid
  from generate_series(1, $6::int) as n`;

/** Creates a user with a tenant of its own, and fills its lists as the owner of the database. */
export async function sizedTenant(context: CheckContext, rows: number): Promise<SizedTenant> {
  const account = await context.account();
  const send = sendAs(context, account);
  const made = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: context.unique('sized'),
    workspaceId: 'default',
    tables: [
      {
        name: 'Items',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Amount', type: 'number', options: { precision: 0 } },
        ],
      },
    ],
  });
  const workspace = await defaultWorkspace(send);
  const table = textAt(made, 'tables', 0, 'id');
  const fields = [textAt(made, 'tables', 0, 'fields', 0, 'id'), textAt(made, 'tables', 0, 'fields', 1, 'id')];
  const database = context.databaseAdmin();
  for (const { fill } of costCases)
    await database.query(fill, [account.tenantId, account.userId, workspace, rows]);
  await database.query(insertRecords, [account.tenantId, table, ...fields, account.userId, rows]);
  await database.query('update airtable.tables set last_number = $2 where id = $1', [table, rows]);
  return { account, send, rows, base: textAt(made, 'id'), table };
}

/** Brings the planner's knowledge up to date, as PostgreSQL does by itself within a minute. */
export async function analyzeTables(context: CheckContext): Promise<void> {
  const tables = [...new Set(costCases.map(({ table }) => table)), 'airtable.records'];
  await context.databaseAdmin().query(`analyze ${tables.join(', ')}`);
}

/** Deletes what was filled in, so that no later check meets it. */
export async function clearTenant(
  context: CheckContext,
  { account, send, base }: SizedTenant,
): Promise<void> {
  for (const { clear } of costCases) await context.databaseAdmin().query(clear, [account.tenantId]);
  await prepare(send, 'DELETE', `/api/airtable/v0/meta/bases/${base}`);
}
