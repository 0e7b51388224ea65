import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  internalKey,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let admin: pg.Pool;

beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  admin = new pg.Pool({ connectionString: service.stores.adminUrl, max: 2 });
}, 60_000);
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
});

function sendInternal(body: object, headers: Record<string, string> = { 'x-internal-key': internalKey }) {
  return service.call('POST', '/internal/mail', { body, headers });
}

it('sends a mail of a workflow to members of the workspace only', async () => {
  const owner = await service.register();
  const stranger = await service.register();
  const body = {
    id: randomUUID(),
    tenant_id: owner.user.tenant_id,
    user_id: owner.user.id,
    workspace_id: owner.workspace_id,
    to: [owner.email.toUpperCase(), owner.email],
    subject: 'Weekly <report>',
    text: 'Rows: 12 <b>bold</b>',
  };
  expect((await sendInternal(body, {})).statusCode).toBe(403);
  const accepted = await sendInternal(body);
  expect(accepted.json()).toEqual({ id: body.id, recipients: 1 });
  expect(accepted.statusCode).toBe(202);
  expect((await sendInternal(body)).statusCode).toBe(202);
  const ofThis = async () => (await service.mails()).filter((mail) => mail.includes('Weekly <report>'));
  await expect.poll(ofThis).toHaveLength(1);
  const [mail] = await ofThis();
  expect(mail).toContain(`To: ${owner.email}`);
  expect(mail).toContain('&lt;b&gt;bold');

  const other = await sendInternal({ ...body, id: randomUUID(), to: [owner.email, stranger.email] });
  expect(other.statusCode).toBe(422);
  expect(other.json().details[0]).toMatchObject({ loc: ['body', 'to', 1] });
  const bySomeoneElse = { ...body, id: randomUUID(), user_id: stranger.user.id };
  expect((await sendInternal(bySomeoneElse)).statusCode).toBe(403);
  const injected = await sendInternal({ ...body, id: randomUUID(), subject: 'a\r\nBcc: eve@example.org' });
  expect(injected.statusCode).toBe(422);
  expect(await ofThis()).toHaveLength(1);
});

it('limits the mails of a tenant per day', async () => {
  const { user, email, workspace_id } = await service.register();
  await admin.query(
    `insert into identity.mails (id, tenant_id, user_id, kind, recipient, status, useful_until, finished_at)
     select gen_random_uuid(), $1, $2, 'workflow', $3, 'sent', now(), now() from generate_series(1, 500)`,
    [user.tenant_id, user.id, email],
  );
  const response = await sendInternal({
    id: randomUUID(),
    tenant_id: user.tenant_id,
    user_id: user.id,
    workspace_id,
    to: [email],
    subject: 'One more',
    text: 'One more',
  });
  expect(response.statusCode).toBe(429);
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(80_000);
});
