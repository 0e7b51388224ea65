import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import { MailRejected, type MailTransport, type OutgoingMail } from './mail-transport.ts';
import { createMailer, type Mailer } from './mailer.ts';
import type { NewMail } from './outbox.ts';

const log = createLog({ service: 'test', level: 'silent' });
const key = Buffer.alloc(32, 7);
let stores: TemporaryDatabase;
let admin: pg.Pool;
let database: Database;

beforeAll(async () => {
  stores = await startTemporaryDatabase();
  admin = new pg.Pool({ connectionString: stores.adminUrl, max: 2 });
  database = openDatabase({ url: stores.urlOf('platform_services'), log });
}, 60_000);
afterAll(async () => {
  await database?.close();
  await admin?.end();
  await stores?.stop();
});

const who = () => ({ tenantId: randomUUID(), userId: randomUUID() });

function newMail(overrides: Partial<NewMail> = {}): NewMail {
  return {
    id: randomUUID(),
    ...who(),
    kind: 'workflow',
    recipient: 'ada@example.org',
    usefulSeconds: 60,
    content: { subject: 'Hello', paragraphs: ['The secret is 4711.'] },
    ...overrides,
  };
}

function mailerWith(transport: MailTransport): Mailer {
  return createMailer({ database, key, publicUrl: 'https://a.example', transport, log });
}

async function storeAndSend(mailer: Mailer, mail: NewMail): Promise<void> {
  await database.withTenant(mail, (tx) => mailer.store(tx, mail));
  mailer.wake();
  await mailer.idle();
}

async function stateOf(id: string) {
  const { rows } = await admin.query(
    'select status, error, attempts, content, due_at > now() as waits from identity.mails where id = $1',
    [id],
  );
  return rows[0];
}

it('sends a stored mail once and keeps no content', async () => {
  const sent: OutgoingMail[] = [];
  const mail = newMail();
  const mailer = mailerWith(async (one) => void sent.push(one));
  await storeAndSend(mailer, mail);
  mailer.wake();
  await mailer.idle();
  expect(sent).toMatchObject([{ id: mail.id, recipient: mail.recipient, subject: 'Hello' }]);
  expect(sent[0]?.text).toContain('4711');
  expect(await stateOf(mail.id)).toMatchObject({ status: 'sent', content: null, error: null });
});

it('stores nothing readable in the database', async () => {
  const mail = newMail();
  await database.withTenant(mail, (tx) => mailerWith(async () => undefined).store(tx, mail));
  const { rows } = await admin.query('select m::text as row, content from identity.mails m where id = $1', [
    mail.id,
  ]);
  expect(rows[0].row).not.toContain('4711');
  expect(rows[0].content.toString('latin1')).not.toContain('4711');
  await admin.query('delete from identity.mails where id = $1', [mail.id]);
});

it('loses the mail of a transaction that is rolled back', async () => {
  const sent: OutgoingMail[] = [];
  const mail = newMail();
  const mailer = mailerWith(async (one) => void sent.push(one));
  await database
    .withTenant(mail, async (tx) => {
      await mailer.store(tx, mail);
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  mailer.wake();
  await mailer.idle();
  expect(sent).toEqual([]);
  expect(await stateOf(mail.id)).toBeUndefined();
});

it('sends the same mail again, with the same id, after a temporary failure', async () => {
  const ids: string[] = [];
  const mail = newMail();
  const mailer = mailerWith(async ({ id }) => {
    ids.push(id);
    if (ids.length === 1) throw new Error('connect ECONNREFUSED');
  });
  await storeAndSend(mailer, mail);
  expect(await stateOf(mail.id)).toMatchObject({
    status: 'waiting',
    attempts: 1,
    error: 'connect ECONNREFUSED',
    waits: true,
  });
  await admin.query('update identity.mails set due_at = now() where id = $1', [mail.id]);
  mailer.wake();
  await mailer.idle();
  expect(ids).toEqual([mail.id, mail.id]);
  expect(await stateOf(mail.id)).toMatchObject({ status: 'sent', attempts: 2 });
});

it('keeps a rejected mail with the reason and does not send it again', async () => {
  let attempts = 0;
  const mail = newMail();
  const mailer = mailerWith(async () => {
    attempts += 1;
    throw new MailRejected('550 no such mailbox');
  });
  await storeAndSend(mailer, mail);
  mailer.wake();
  await mailer.idle();
  expect(attempts).toBe(1);
  expect(await stateOf(mail.id)).toMatchObject({
    status: 'failed',
    error: '550 no such mailbox',
    content: null,
  });
});

it('gives up a mail that is no longer useful', async () => {
  const sent: OutgoingMail[] = [];
  const mail = newMail({ usefulSeconds: -1 });
  await storeAndSend(
    mailerWith(async (one) => void sent.push(one)),
    mail,
  );
  expect(sent).toEqual([]);
  expect(await stateOf(mail.id)).toMatchObject({ status: 'failed', error: 'It could not be sent in time.' });
});

it('sends each mail once with two instances', async () => {
  const ids: string[] = [];
  const transport: MailTransport = async ({ id }) => void ids.push(id);
  const [first, second] = [mailerWith(transport), mailerWith(transport)];
  const mails = Array.from({ length: 20 }, () => newMail());
  for (const mail of mails) await database.withTenant(mail, (tx) => first.store(tx, mail));
  first.wake();
  second.wake();
  await Promise.all([first.idle(), second.idle()]);
  expect(ids.sort()).toEqual(mails.map(({ id }) => id).sort());
});

it('hands a mail that was being sent back when the process stops', async () => {
  const mail = newMail();
  const started = Promise.withResolvers<void>();
  const mailer = mailerWith(
    (_mail, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        started.resolve();
      }),
  );
  await database.withTenant(mail, (tx) => mailer.store(tx, mail));
  mailer.wake();
  await started.promise;
  await mailer.close();
  expect(await stateOf(mail.id)).toMatchObject({ status: 'waiting', waits: false });
  await admin.query('delete from identity.mails where id = $1', [mail.id]);
});

it('deletes what is left of a mail after 30 days', async () => {
  const mail = newMail();
  const mailer = mailerWith(async () => undefined);
  await storeAndSend(mailer, mail);
  await admin.query(`update identity.mails set finished_at = now() - interval '31 days' where id = $1`, [
    mail.id,
  ]);
  mailer.wake();
  await mailer.idle();
  expect(await stateOf(mail.id)).toBeUndefined();
});

it('hides mails from other tenants', async () => {
  const mail = newMail();
  await database.withTenant(mail, (tx) => mailerWith(async () => undefined).store(tx, mail));
  const { rows } = await database.tenantQuery(who(), 'select id from identity.mails');
  expect(rows).toEqual([]);
  await admin.query('delete from identity.mails where id = $1', [mail.id]);
});
