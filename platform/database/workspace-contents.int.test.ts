import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from './testing/temporary-database.ts';

let database: TemporaryDatabase;
let admin: pg.Client;
beforeAll(async () => {
  database = await startTemporaryDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database?.stop();
});

/** What the deletion of a workspace means for each table that names one. */
const tables: Record<string, string> = {
  'airtable.bases': 'counted',
  'airtable.airtable_bases': 'counted',
  'airtable.airtable_workspaces': 'the name of a workspace of counted bases',
  'automation.workflows': 'counted',
  'automation.executions': 'goes with its workflow',
  'conversations.conversation_sessions': 'counted for the members',
  'files.files': 'counted',
  'identity.grants': 'a run in a deleted workspace ends with a reason',
  'identity.analytics_events': 'a log that is kept for some days',
  'identity.invitations': 'goes with the workspace',
  'identity.workspace_members': 'goes with the workspace',
  'sagas.sagas': 'counted while unfinished',
};

it('every table that names a workspace says what the deletion of the workspace means for it', async () => {
  const { rows } = await admin.query<{ name: string }>(
    `select a.attrelid::regclass::text as name from pg_attribute a join pg_class c on c.oid = a.attrelid
     where a.attname = 'workspace_id' and not a.attisdropped and c.relkind in ('r', 'p') and c.relnamespace <> 'pg_catalog'::regnamespace`,
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(tables).sort());
});
