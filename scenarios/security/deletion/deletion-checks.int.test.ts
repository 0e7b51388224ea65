import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAirtableUserId } from '../../../platform/contracts/airtable-gateway/user-id.ts';
import { erasedTables as airtableTables } from '../../../platform/services/airtable-gateway/erased-tables.ts';
import { erasedTables as automationTables } from '../../../platform/services/automation-services/service-calls/erase-automation.ts';
import { erasedTables as fileTables } from '../../../platform/services/file-service/store/erase-files.ts';
import { erasedTables as conversationTables } from '../../../platform/services/llm-orchestrator/erased-tables.ts';
import { erasedTables as identityTables } from '../../../platform/services/platform-services/erasures/erased-tables.ts';
import { erasedTables as sagaTables } from '../../../platform/services/saga-service/store/erase-sagas.ts';
import { erasedTables as profileTables } from '../../../platform/services/user-service/erased-tables.ts';
import { openTestedPlatform, type TestedPlatform } from '../../testing/tested-platform.ts';
import { withTriggers } from '../../testing/with-triggers.ts';
import { tablesWith } from './tables-with.ts';
import { accountSabotages } from './testing/account-sabotages.ts';

let platform: TestedPlatform;
let admin: Pool;
beforeAll(async () => {
  platform = await openTestedPlatform({
    name: 'deletion',
    // One second, not twelve, for requests that began before a deletion.
    env: { 'platform-services': { ERASURE_QUIET_SECONDS: '1' } },
  });
  admin = platform.admin;
}, 90_000);
afterAll(() => platform?.[Symbol.asyncDispose]());

const resultOf = (id: string) => platform.resultOf(`security.account.${id}`);

/** Tables that the services delete from directly, one per service. */
const keptTables = [
  'airtable.collaborators',
  'automation.notifications',
  'conversations.user_budgets',
  'files.files',
  'identity.audit_events',
  'profiles.profiles',
];

describe('the checks of account deletion', { timeout: 90_000 }, () => {
  it('pass on the platform', async () => {
    const results = await Promise.all([
      resultOf('deletion-ends-access'),
      resultOf('erasure-leaves-no-row'),
      resultOf('export-has-every-row'),
      resultOf('address-is-confirmed-by-mail'),
      resultOf('lost-password-is-replaced-by-mail'),
      resultOf('address-change-can-be-undone'),
    ]);
    expect(results).toMatchObject([
      { outcome: 'pass', observed: { erasure: 'done' } },
      { outcome: 'pass', observed: { left: [] } },
      { outcome: 'pass', observed: { missing: [], differing: [], left: [] } },
      { outcome: 'pass' },
      { outcome: 'pass' },
      { outcome: 'pass' },
    ]);
  });

  it('name every table in which a service keeps rows', async () => {
    const keepRow = (table: string) => ({ on: `before delete on ${table}`, does: 'return null;' });
    const result = await withTriggers(admin, keptTables.map(keepRow), () =>
      resultOf('erasure-leaves-no-row'),
    );
    expect(result.outcome).toBe('fail');
    const left = (result.observed.left as string[]).map((line) => line.split(':')[0]);
    expect(left).toEqual(keptTables);
  });
});

describe('a defect of accounts', { timeout: 90_000 }, () => {
  it.each(accountSabotages)('%s fails %s', async (_defect, check, triggers, observed) => {
    const result = await withTriggers(admin, triggers, () => resultOf(check));
    expect(result).toMatchObject({ outcome: 'fail', observed, shortfall: undefined });
  });

  it('a service that keeps a table out of exports fails export-has-every-row', async () => {
    await admin.query(
      `create policy hide on files.files as restrictive for select to file_service
       using (current_query() not like '%exported_rows%')`,
    );
    const result = await resultOf('export-has-every-row');
    await admin.query('drop policy hide on files.files');
    expect(result).toMatchObject({
      outcome: 'fail',
      observed: { states: ['ready', 'ready'], differing: ['files.files: 0 of 1'] },
    });
  });
});

it('states for every table with a tenant how a deletion changes its rows', async () => {
  const { rows } = await admin.query<{ name: string }>(
    `select format('%s.%s', n.nspname, c.relname) as name
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where a.attname = 'tenant_id' and c.relkind = 'r' and not a.attisdropped order by 1`,
  );
  const stated = [
    ...airtableTables,
    ...automationTables,
    ...conversationTables,
    ...fileTables,
    ...identityTables,
    ...profileTables,
    ...sagaTables,
  ].map(({ table }) => table);
  expect(stated.sort()).toEqual(rows.map(({ name }) => name));
});

it('removes a member who leaves from the objects of a tenant that stays', { timeout: 60_000 }, async () => {
  const { gateway } = platform.stack.addresses.services;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
  async function call(token: string, method: string, path: string, body?: unknown): Promise<any> {
    const response = await fetch(`${gateway}/api${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
  const password = 'compilers from words 1952';
  const owner = await call('', 'POST', '/auth/register', { email: 'owner@readiness.example', password });
  const invitation = await call(owner.access_token, 'POST', `/workspaces/${owner.workspace_id}/invitations`, {
    email: 'member@readiness.example',
    role: 'admin',
  });
  const member = await call('', 'POST', '/auth/register', {
    email: 'member@readiness.example',
    name: 'Grace Leaves',
    password,
    invitation: invitation.token,
  });
  const [own, theirs] = [owner.access_token, member.access_token];
  const airtableId = toAirtableUserId(member.user.id);

  const base = await call(theirs, 'POST', '/airtable/v0/meta/bases', {
    name: 'Shared',
    workspaceId: 'default',
    tables: [
      {
        name: 'Tasks',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Who', type: 'singleCollaborator' },
        ],
      },
    ],
  });
  const table = `/airtable/v0/${base.id}/Tasks`;
  const record = await call(theirs, 'POST', table, { fields: { Name: 'One', Who: { id: airtableId } } });
  await call(theirs, 'PATCH', `${table}/${record.id}`, { fields: { Name: 'Two' } });
  await call(theirs, 'POST', `${table}/${record.id}/comments`, { text: `By @[${airtableId}]` });
  const form = new FormData();
  form.set('file', new Blob(['shared'], { type: 'text/plain' }), 'shared.txt');
  const file = await call(theirs, 'POST', '/files/upload', form);
  const workflow = await call(theirs, 'POST', '/workflows', {
    name: 'Theirs',
    steps: [{ type: 'log', config: { message: 'by member' } }],
    triggers: [{ type: 'schedule', cron: '0 0 1 1 *' }],
  });
  await call(theirs, 'POST', `/workflows/${workflow.id}/execute`, { input: {} });
  await call(theirs, 'POST', `/budgets/user/${member.user.id}`, { limit: 1 });
  await call(theirs, 'GET', '/users/me');

  const marks = [member.user.id, 'member@readiness.example', airtableId, 'Grace Leaves'];
  expect((await tablesWith(admin, marks)).length).toBeGreaterThan(10);
  const { id } = await call(theirs, 'POST', '/auth/delete-account', { current_password: password });
  await expect
    .poll(async () => (await call('', 'GET', `/auth/erasures/${id}`)).status, { timeout: 30_000 })
    .toBe('done');
  expect(await tablesWith(admin, marks)).toEqual([]);

  const kept = await call(own, 'GET', `${table}/${record.id}`);
  expect(kept.fields).toMatchObject({ Name: 'Two', Who: { name: 'Deleted user' } });
  expect((await call(own, 'GET', `/files/${file.id}`)).filename).toBe('shared.txt');
  expect((await call(own, 'GET', `/workflows/${workflow.id}`)).status).toBe('inactive');
  expect((await call(own, 'GET', `${table}/${record.id}/comments`)).comments[0].author.name).toBe(
    'Deleted user',
  );
});
