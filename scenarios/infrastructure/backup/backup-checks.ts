import { rm } from 'node:fs/promises';
import {
  type Account,
  atLeast,
  type Break,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { tenantSetting } from '../../kit/service-databases.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { backUp, contentOf, listTables, restore, restoreSequences } from './copy-tables.ts';
import { readStructure, structureDifferences } from './structure.ts';

/** Maximum number of findings in the report; the evidence has all of them. */
const shown = 20;

/** Requests for records, and the maximum of records per request. */
const [writes, recordsPerWrite] = [5, 10] as const;

const breaks: readonly Break[] = [
  {
    defect: 'A table has a column that no migration creates.',
    changes: [
      {
        kind: 'sql',
        apply: "alter table files.files add column note text not null default 'by hand'",
        restore: 'alter table files.files drop column note',
      },
    ],
    violates: ['notRestored', 'otherRows', 'otherStructure'],
  },
  {
    defect: 'Row-level security of a table was turned off by hand.',
    changes: [
      {
        kind: 'sql',
        apply: 'alter table files.files no force row level security',
        restore: 'alter table files.files force row level security',
      },
    ],
    violates: ['otherStructure'],
  },
];

export const backupIsRestored = defineCheck({
  id: 'infrastructure.backup.round-trip-is-complete',
  title: 'A restored backup has all rows, rights and policies',
  failureTitle: 'A restored backup lacks rows, rights or policies',
  why: 'A backup that nobody has restored is none. The check copies all tables in one snapshot, restores them into a new database with the structure of the migrations, and compares rows, structure and what a tenant sees.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('file-service'), readyCheckId('airtable-gateway')],
  services: ['gateway', 'platform-services', 'file-service', 'airtable-gateway'],
  requires: ['postgres-admin', 'postgres-service-roles', 'process-control', 'registration'],
  timeoutMs: 120_000,
  remediation: {
    text: 'A difference in structure was made by hand: write a migration for it. A row that cannot be restored violates a rule that was added later.',
    effort: 'hours',
  },
  expects: {
    tables: atLeast(40, 'tables'),
    rows: atLeast(100, 'rows'),
    notRestored: empty(),
    otherRows: empty(),
    otherStructure: empty(),
    ownFiles: equals(1),
    filesOfOthers: equals(0),
    withoutTenant: equals(0),
  },
  breaks,
  async run(context) {
    const user = await context.account();
    const { body, headers } = fileForm('backup.txt', 'kept');
    await context.http.request('gateway', '/api/files/upload', {
      method: 'POST',
      token: user.accessToken,
      from: user.address,
      body,
      headers,
    });
    await addRecords(context, user);
    const admin = context.databaseAdmin();
    const name = `restored_${context.unique('backup').replaceAll(/\W/g, '_').toLowerCase()}`;
    await admin.query(`create database ${name}`);
    try {
      await context.processes().migrate(name, context.signal);
      return { ...(await roundTrip(context, name)), ...(await readAsTenant(context, name, user)) };
    } finally {
      await admin.query(`drop database ${name} with (force)`);
    }
  },
});

/** Fills a table, so that there are rows to copy also where no other check has written any. */
async function addRecords(context: CheckContext, user: Account): Promise<void> {
  const send = sendAs(context, user);
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: context.unique('backup'),
    workspaceId: 'default',
    tables: [{ name: 'Rows', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  for (let write = 0; write < writes; write += 1) {
    const records = Array.from({ length: recordsPerWrite }, (_, index) => ({
      fields: { Name: `${write}-${index}` },
    }));
    await prepare(send, 'POST', `/api/airtable/v0/${textAt(base, 'id')}/Rows`, { records });
  }
}

async function roundTrip(context: CheckContext, name: string) {
  const source = await context.databaseAdmin().connect();
  const restored = await context.databaseAdmin(name).connect();
  let files: string[] = [];
  try {
    await source.query('begin isolation level repeatable read');
    const { rows: settings } = await source.query<{ data_directory: string }>('show data_directory');
    const folder = settings[0]?.data_directory ?? '';
    const tables = await listTables(source);
    files = await backUp(source, tables, folder);
    const notRestored = await restore(restored, tables, folder);
    await restoreSequences(source, restored);
    const otherRows: string[] = [];
    let rows = 0;
    for (const table of tables) {
      const expected = await contentOf(source, table);
      rows += expected.rows;
      const found = await contentOf(restored, table).catch((error: Error) => error.message);
      if (typeof found === 'string') otherRows.push(`${table.name}: ${found}`);
      else if (found.rows !== expected.rows)
        otherRows.push(`${table.name}: ${found.rows} of ${expected.rows} rows`);
      else if (found.sum !== expected.sum) otherRows.push(`${table.name}: other contents`);
    }
    const otherStructure = structureDifferences(await readStructure(source), await readStructure(restored));
    await context.keep('round-trip.json', {
      tables: tables.length,
      rows,
      notRestored,
      otherRows,
      otherStructure,
    });
    return {
      tables: tables.length,
      rows,
      notRestored: notRestored.slice(0, shown),
      otherRows: otherRows.slice(0, shown),
      otherStructure: otherStructure.slice(0, shown),
    };
  } finally {
    await source.query('rollback');
    source.release();
    restored.release();
    for (const file of files) await rm(file, { force: true });
  }
}

/** What the role of a service sees of files in the restored database. */
async function readAsTenant(context: CheckContext, name: string, { tenantId }: Account) {
  const client = await context.databaseAs('file-service', name).connect();
  try {
    const count = async (condition: string) => {
      const { rows } = await client.query(
        `select count(*)::int as count from files.files where ${condition}`,
      );
      return Number(rows[0].count);
    };
    await client.query(`select set_config('${tenantSetting}', '', false)`);
    const withoutTenant = await count('true');
    await client.query(`select set_config('${tenantSetting}', $1, false)`, [tenantId]);
    return {
      ownFiles: await count(`tenant_id = '${tenantId}'`),
      filesOfOthers: await count(`tenant_id <> '${tenantId}'`),
      withoutTenant,
    };
  } finally {
    client.release();
  }
}
