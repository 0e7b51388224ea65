import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mailTo } from '../testing/read-mails.ts';
import { readZip, rowsOf } from '../testing/read-zip.ts';
import {
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let app: FastifyInstance;
let admin: pg.Pool;
/** In place of the other services. */
let others: Server;
/** What the other services respond with. */
let lines: string[];
const content = Buffer.from('PK not really');
const complete = [
  JSON.stringify({ table: 'any.rows', row: { id: 1, text: 'one' } }),
  JSON.stringify({ file: { id: 'f1', filename: '../../etc/pass:wd' } }),
  JSON.stringify({ data: content.subarray(0, 3).toString('base64') }),
  JSON.stringify({ data: content.subarray(3).toString('base64') }),
  JSON.stringify({ end: true, rows: 1 }),
];

beforeAll(async () => {
  others = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/octet-stream');
    response.end(`${lines.join('\n')}\n`);
  });
  others.listen(0, '127.0.0.1');
  await once(others, 'listening');
  const url = `http://127.0.0.1:${(others.address() as AddressInfo).port}`;
  service = await startTemporaryPlatformServices({
    USER_SERVICE_URL: url,
    AIRTABLE_GATEWAY_URL: url,
    LLM_ORCHESTRATOR_URL: url,
    FILE_SERVICE_URL: url,
    SAGA_SERVICE_URL: url,
    AUTOMATION_SERVICES_URL: url,
  });
  app = service.app;
  admin = new pg.Pool({ connectionString: service.stores.adminUrl, max: 2 });
  lines = complete;
}, 60_000);
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
  others?.closeAllConnections();
  others?.close();
});

function ask({ password, access_token }: RegisteredSession, given = password) {
  return service.call('POST', '/auth/export', { token: access_token, body: { current_password: given } });
}
const state = async (session: RegisteredSession, id: string) =>
  (await service.call('GET', `/auth/exports/${id}`, { token: session.access_token })).json();
const download = (session: RegisteredSession, id: string) =>
  service.call('GET', `/auth/exports/${id}/download`, { token: session.access_token });

async function readyExport(session: RegisteredSession): Promise<string> {
  const response = await ask(session);
  expect(response.statusCode).toBe(202);
  const { id } = response.json();
  await expect.poll(async () => (await state(session, id)).status, { timeout: 10_000 }).toBe('ready');
  return id;
}

it('collects rows and files of every service into an archive that is downloaded once', async () => {
  const session = await service.register();
  const key = await service.call('POST', '/auth/tokens', {
    token: session.access_token,
    body: { name: 'My key', scopes: ['data.records:read'] },
  });
  const id = await readyExport(session);
  const mail = await mailTo(service, session.email, 'Your data is ready');
  expect(mail.source).toContain('http://127.0.0.1:3000/account/export');
  const response = await download(session, id);
  expect(response.statusCode).toBe(200);
  expect(response.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="export-${id}.zip"`,
    'content-length': String(response.rawPayload.length),
  });
  const entries = await readZip(response.rawPayload);
  const names = [...entries.keys()];
  expect(names.filter((name) => name.endsWith('any.rows.ndjson'))).toHaveLength(6);
  expect(rowsOf(entries, 'user-service/any.rows.ndjson')).toEqual([{ id: 1, text: 'one' }]);
  expect(entries.get('file-service/files/f1-__.._etc_pass_wd')).toEqual(content);
  const [user] = rowsOf(entries, 'platform-services/identity.users.ndjson');
  expect(user).toMatchObject({ id: session.user.id, email: session.email });
  expect(rowsOf(entries, 'platform-services/identity.personal_tokens.ndjson')).toMatchObject([
    { name: 'My key' },
  ]);
  const everything = [...entries.values()].map((bytes) => bytes.toString('utf8')).join();
  const { rows: secrets } = await admin.query<{ password_hash: string; token_hash: string }>(
    `select u.password_hash, t.token_hash::text from identity.users u
     join identity.personal_tokens t on t.user_id = u.id where u.id = $1`,
    [session.user.id],
  );
  for (const secret of [...Object.values(secrets[0] ?? {}), key.json().token])
    expect(everything.includes(secret)).toBe(false);

  await expect.poll(async () => (await state(session, id)).status).toBe('downloaded');
  expect((await download(session, id)).statusCode).toBe(404);
  const parts = await admin.query('select 1 from identity.export_parts where export_id = $1', [id]);
  expect(parts.rowCount).toBe(0);
});

it('is for its owner, with the password', async () => {
  const [session, other] = [await service.register(), await service.register()];
  expect((await ask(session, 'not the password')).statusCode).toBe(401);
  const id = await readyExport(session);
  expect((await download(other, id)).statusCode).toBe(404);
  expect((await service.call('GET', `/auth/exports/${id}`, { token: other.access_token })).statusCode).toBe(
    404,
  );
  expect((await service.call('GET', `/auth/exports/${id}/download`)).statusCode).toBe(401);
  expect((await download(session, id)).statusCode).toBe(200);
});

it('has what names one person when the tenant has other users', async () => {
  const owner = await service.register();
  const email = `member-${owner.user.id}@example.com`;
  const invitation = await service.call('POST', `/workspaces/${owner.workspace_id}/invitations`, {
    token: owner.access_token,
    body: { email },
  });
  const member = await service.register({ email, invitation: invitation.json().token });
  const entries = await readZip((await download(member, await readyExport({ ...member, email }))).rawPayload);
  const users = rowsOf(entries, 'platform-services/identity.users.ndjson');
  expect(users.map(({ id }) => id)).toEqual([member.user.id]);
  expect(rowsOf(entries, 'platform-services/identity.tenants.ndjson')).toEqual([]);
  const sessions = rowsOf(entries, 'platform-services/identity.sessions.ndjson');
  expect(new Set(sessions.map(({ user_id }) => user_id))).toEqual(new Set([member.user.id]));
});

it('is repeated until every service has responded completely', async () => {
  const session = await service.register();
  lines = complete.slice(0, 1);
  const { id } = (await ask(session)).json();
  await expect
    .poll(async () => (await admin.query('select attempts from identity.exports where id = $1', [id])).rows)
    .toEqual([{ attempts: 1 }]);
  expect((await ask(session)).statusCode).toBe(409);
  expect((await download(session, id)).statusCode).toBe(409);
  lines = complete;
  await admin.query('update identity.exports set due_at = now() where id = $1', [id]);
  const another = service.another();
  await another.listen({ port: 0, host: '127.0.0.1' });
  await expect.poll(async () => (await state(session, id)).status, { timeout: 10_000 }).toBe('ready');
  await readZip((await download(session, id)).rawPayload);
});

it('expires, and is limited per day', async () => {
  const session = await service.register();
  const id = await readyExport(session);
  await admin.query(`update identity.exports set expires_at = now() - interval '1 s' where id = $1`, [id]);
  expect((await download(session, id)).statusCode).toBe(404);
  await readyExport(session);
  await readyExport(session);
  const limited = await ask(session);
  expect(limited.statusCode).toBe(429);
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(80_000);
  expect((await admin.query('select 1 from identity.export_parts where export_id = $1', [id])).rowCount).toBe(
    0,
  );
});

it('can be downloaded again after a download that broke off', async () => {
  const session = await service.register();
  const id = await readyExport(session);
  // Larger than what a connection holds.
  await admin.query(
    `insert into identity.export_parts (export_id, tenant_id, position, bytes)
     select $1, $2, n, decode(repeat('00', 1000000), 'hex') from generate_series(1, 40) as n`,
    [id, session.user.tenant_id],
  );
  await admin.query('update identity.exports set size = size + 40000000 where id = $1', [id]);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/auth/exports/${id}/download`;
  const headers = { authorization: `Bearer ${session.access_token}` };
  const broken = await fetch(url, { headers });
  expect((await download(session, id)).statusCode).toBe(409);
  await broken.body?.cancel();
  await expect
    .poll(
      async () => (await admin.query('select download_until from identity.exports where id = $1', [id])).rows,
    )
    .toEqual([{ download_until: null }]);
  const whole = await fetch(url, { headers });
  expect((await whole.arrayBuffer()).byteLength).toBe(Number(whole.headers.get('content-length')));
});
