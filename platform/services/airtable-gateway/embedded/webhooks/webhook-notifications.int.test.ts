import { createHmac } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../../kit/observe/log.ts';
import { openDatabase } from '../../../../kit/postgres/database.ts';
import { type NotificationReceiver, startNotificationReceiver } from '../../testing/notification-receiver.ts';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { addPerson, everything, makeBase, type WatchedBase } from '../../testing/watched-base.ts';
import { createNotifier, type Notifier, type NotifierOptions } from './notifier.ts';
import { sweepWebhooks } from './sweep-webhooks.ts';

const log = createLog({ service: 'airtable-gateway', level: 'silent' });
let gateway: TemporaryAirtableGateway;
let receiver: NotificationReceiver;
/** Takes the receiver for a host that may be pinged. */
let trusting: ListeningGateway;
let admin: pg.Pool;
let base: WatchedBase;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  admin = new pg.Pool({ connectionString: gateway.stores.adminUrl });
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  receiver = await startNotificationReceiver();
  trusting = await gateway.another({ WEBHOOK_TRUSTED_ORIGINS: receiver.origin });
  base = await makeBase(gateway);
});
afterEach(async () => {
  await trusting?.notifier?.close();
  await admin?.query('delete from airtable.webhooks');
  await receiver?.[Symbol.asyncDispose]();
});

interface MadeHook {
  id: string;
  macSecretBase64: string;
}

async function hookOn(where: WatchedBase = base, path = '/ping'): Promise<MadeHook> {
  const { status, body } = await trusting.call(where.user, 'POST', where.hooks, {
    notificationUrl: receiver.origin + path,
    specification: { options: { filters: everything } },
  });
  expect(status).toBe(200);
  return body;
}

const settled = () => trusting.notifier?.idle();
const write = () =>
  trusting.call(base.user, 'POST', `/v0/${base.baseId}/People`, { fields: { Name: 'news' } });

async function state() {
  const { body } = await trusting.call(base.user, 'GET', base.hooks);
  return body.webhooks[0];
}

/** A further process's worth of notifier over the same database, for the time of some work. */
async function withNotifier(
  options: Partial<NotifierOptions>,
  work: (notifier: Notifier) => Promise<void>,
): Promise<void> {
  const database = openDatabase({ url: gateway.stores.urlOf('airtable_gateway'), log });
  const notifier = createNotifier({ database, log, trustedOrigins: [receiver.origin], ...options });
  try {
    await work(notifier);
  } finally {
    await notifier.close();
    await database.close();
  }
}

describe('a ping', () => {
  it('follows the creation of a webhook and every change, signed with its secret', async () => {
    const hook = await hookOn(base, '/receive?key=1');
    await settled();
    await write();
    await settled();
    expect(receiver.pings).toHaveLength(2);
    for (const { path, headers, body } of receiver.pings) {
      expect(path).toBe('/receive?key=1');
      expect(JSON.parse(body)).toEqual({
        base: { id: base.baseId },
        webhook: { id: hook.id },
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      const mac = createHmac('sha256', Buffer.from(hook.macSecretBase64, 'base64'))
        .update(body)
        .digest('hex');
      expect(headers).toMatchObject({
        'x-airtable-content-mac': `hmac-sha256=${mac}`,
        'content-type': 'application/json',
      });
      expect(headers).not.toHaveProperty('traceparent');
      expect(headers).not.toHaveProperty('authorization');
    }
    const seen = await state();
    expect(seen).toMatchObject({
      cursorForNextPayload: 2,
      areNotificationsEnabled: true,
      lastSuccessfulNotificationTime: expect.any(String),
      lastNotificationResult: { success: true, retryNumber: 0, durationMs: expect.any(Number) },
    });
    expect(seen.lastNotificationResult).not.toHaveProperty('error');
  });

  it('is sent once more when there was news while it was under way', async () => {
    await hookOn();
    await settled();
    receiver.answer = async (response) => {
      receiver.answer = (other) => other.writeHead(200).end();
      // The write wakes the notifier; the webhook is taken, so only the end of this ping brings the next one.
      await write();
      response.writeHead(200).end();
    };
    await write();
    await receiver.arrived(3);
    await settled();
    expect(receiver.pings).toHaveLength(3);
    const { rows } = await admin.query(
      'select announced_cursor, next_cursor, notify_at from airtable.webhooks',
    );
    expect(rows).toEqual([{ announced_cursor: '3', next_cursor: '3', notify_at: null }]);
  });

  it('that is refused is due again later, and counts as a retry then', async () => {
    receiver.answer = (response) => response.writeHead(503).end();
    await hookOn();
    await settled();
    expect(receiver.pings).toHaveLength(1);
    expect(await state()).toMatchObject({
      areNotificationsEnabled: true,
      lastSuccessfulNotificationTime: null,
      lastNotificationResult: {
        success: false,
        error: { message: 'The URL answered with status 503' },
        retryNumber: 0,
        willBeRetried: true,
      },
    });
    const { rows } = await admin.query(
      "select notify_at between now() + interval '5 s' and now() + interval '11 s' as later from airtable.webhooks",
    );
    expect(rows).toEqual([{ later: true }]);
    // News do not hurry what is waiting.
    await write();
    await settled();
    expect(receiver.pings).toHaveLength(1);
    receiver.answer = (response) => response.writeHead(200).end('{}');
    await admin.query('update airtable.webhooks set notify_at = now()');
    trusting.notifier?.wake();
    await settled();
    expect(await state()).toMatchObject({ lastNotificationResult: { success: true, retryNumber: 1 } });
  });

  it('that leads elsewhere, or is broken off, has failed', async () => {
    receiver.answer = (response) => response.writeHead(302, { location: `${receiver.origin}/other` }).end();
    await hookOn();
    await settled();
    expect(receiver.pings.map(({ path }) => path)).toEqual(['/ping']);
    expect(await state()).toMatchObject({
      lastNotificationResult: { success: false, error: { message: 'The URL answered with status 302' } },
    });
    receiver.answer = (response) => response.destroy();
    await admin.query('update airtable.webhooks set notify_at = now()');
    trusting.notifier?.wake();
    await settled();
    expect(await state()).toMatchObject({
      lastNotificationResult: { retryNumber: 1, error: { message: 'The connection was broken off' } },
    });
  });

  it('that fails ten times in a row is the last, until pings are turned on again', async () => {
    await trusting.notifier?.close();
    receiver.answer = (response) => response.writeHead(500).end();
    const hook = await hookOn();
    await withNotifier({ delayMs: () => 0 }, async (notifier) => {
      notifier.wake();
      await notifier.idle();
      expect(receiver.pings).toHaveLength(10);
      expect(await state()).toMatchObject({
        areNotificationsEnabled: false,
        isHookEnabled: true,
        lastNotificationResult: { success: false, retryNumber: 9, willBeRetried: false },
      });
      await write();
      notifier.wake();
      await notifier.idle();
      expect(receiver.pings).toHaveLength(10);
      // Payloads are made all the same.
      expect(await state()).toMatchObject({ cursorForNextPayload: 2 });

      receiver.answer = (response) => response.writeHead(204).end();
      const enable = `${base.hooks}/${hook.id}/enableNotifications`;
      const enabled = await trusting.call(base.user, 'POST', enable, { enable: true });
      expect(enabled).toMatchObject({ status: 200, body: {} });
      notifier.wake();
      await notifier.idle();
    });
    expect(receiver.pings).toHaveLength(11);
    expect(await state()).toMatchObject({
      areNotificationsEnabled: true,
      lastNotificationResult: { success: true, retryNumber: 0 },
    });
  });

  it('is not sent while pings are turned off', async () => {
    const hook = await hookOn();
    await settled();
    await trusting.call(base.user, 'POST', `${base.hooks}/${hook.id}/enableNotifications`, { enable: false });
    await write();
    await settled();
    expect(receiver.pings).toHaveLength(1);
    expect(await state()).toMatchObject({ areNotificationsEnabled: false, cursorForNextPayload: 2 });
  });

  it('survives the end of the process that owed it', async () => {
    await trusting.notifier?.close();
    await hookOn();
    // Taken by a process that is not heard of again.
    const { rows } = await admin.query('select * from airtable.claim_notification(0, 4)');
    expect(rows).toHaveLength(1);
    expect(receiver.pings).toEqual([]);
    await withNotifier({}, async (notifier) => {
      notifier.start();
      await receiver.arrived(1);
      await notifier.idle();
    });
    expect(receiver.pings).toHaveLength(1);
    expect(await state()).toMatchObject({ lastNotificationResult: { success: true } });
  });

  it('is given back by a process that stops, and made by the next one', async () => {
    receiver.answer = () => {};
    await hookOn();
    await receiver.arrived(1);
    await trusting.notifier?.close();
    receiver.answer = (response) => response.writeHead(204).end();
    await withNotifier({}, async (notifier) => {
      notifier.wake();
      await notifier.idle();
    });
    expect(receiver.pings).toHaveLength(2);
    expect(await state()).toMatchObject({ lastNotificationResult: { success: true, retryNumber: 0 } });
  });

  it('keeps no other tenant waiting, however many of one tenant are not answered', async () => {
    const other = await makeBase(gateway);
    const held: (() => void)[] = [];
    receiver.answer = (response, { path }) => {
      if (path === '/slow') held.push(() => response.writeHead(204).end());
      else response.writeHead(204).end();
    };
    await Promise.all(Array.from({ length: 6 }, () => hookOn(base, '/slow')));
    await receiver.arrived(4);
    await hookOn(other, '/quick');
    await receiver.arrived(5);
    expect(receiver.pings.map(({ path }) => path).sort()).toEqual(['/quick', ...Array(4).fill('/slow')]);
    receiver.answer = (response) => response.writeHead(204).end();
    for (const release of held) release();
    await settled();
    expect(receiver.pings).toHaveLength(7);
  });
});

describe('the URL of a webhook', () => {
  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://10.0.0.1/',
    'http://192.168.0.1:8080/',
    'http://172.16.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'http://[fe80::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://2130706433/',
    'http://metadata.google.internal/',
    'http://postgres:5432/',
    'https://user:password@example.com/',
  ])('is refused when it is %s', async (notificationUrl) => {
    const answer = await gateway.call(base.user, 'POST', base.hooks, {
      notificationUrl,
      specification: { options: { filters: everything } },
    });
    expect(answer).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('body.notificationUrl: ') } },
    });
    expect((await gateway.call(base.user, 'GET', base.hooks)).body.webhooks).toEqual([]);
  });

  it('is judged again before every ping', async () => {
    await trusting.notifier?.close();
    await hookOn();
    await withNotifier({ trustedOrigins: [] }, async (notifier) => {
      notifier.wake();
      await notifier.idle();
    });
    expect(receiver.pings).toEqual([]);
    expect(await state()).toMatchObject({
      lastNotificationResult: {
        success: false,
        error: { message: 'The URL may not be called: 127.0.0.1 is not a public address' },
      },
    });
  });
});

describe('sweeping', () => {
  it('takes payloads a week old and webhooks that expired a week ago, and numbers go on', async () => {
    const hook = await hookOn();
    await addPerson(base, { Name: 'old' });
    await admin.query("update airtable.webhook_payloads set created_at = now() - interval '7 days 1 minute'");
    await addPerson(base, { Name: 'new' });
    const path = `${base.hooks}/${hook.id}/payloads`;
    // Not shown any more, swept or not.
    expect((await trusting.call(base.user, 'GET', path)).body).toMatchObject({
      cursor: 3,
      mightHaveMore: false,
    });
    const gone = await hookOn();
    await admin.query("update airtable.webhooks set expires_at = now() - interval '8 days' where id = $1", [
      gone.id,
    ]);
    await settled();
    const database = openDatabase({ url: gateway.stores.urlOf('airtable_gateway'), log });
    expect(await sweepWebhooks(database)).toBe(2);
    expect(await sweepWebhooks(database)).toBe(0);
    await database.close();
    const { rows } = await admin.query('select id from airtable.webhooks');
    expect(rows).toEqual([{ id: hook.id }]);
    const page = (await trusting.call(base.user, 'GET', path)).body;
    expect(page.payloads).toHaveLength(1);
    expect(page.cursor).toBe(3);
  });
});
