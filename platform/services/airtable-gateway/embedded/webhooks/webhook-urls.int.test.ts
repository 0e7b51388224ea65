import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NotificationFixture, startNotificationFixture } from '../../testing/notification-fixture.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { everything } from '../../testing/watched-base.ts';

let gateway: TemporaryAirtableGateway;
let fixture: NotificationFixture;
let admin: pg.Pool;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  admin = new pg.Pool({ connectionString: gateway.stores.adminUrl });
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  fixture = await startNotificationFixture(gateway);
});
afterEach(async () => {
  await fixture.trusting.notifier?.close();
  await admin.query('delete from airtable.webhooks');
  await fixture[Symbol.asyncDispose]();
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
  ])('is rejected when it is %s', async (notificationUrl) => {
    const response = await gateway.call(fixture.base.user, 'POST', fixture.base.hooks, {
      notificationUrl,
      specification: { options: { filters: everything } },
    });
    expect(response).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('body.notificationUrl: ') } },
    });
    expect((await gateway.call(fixture.base.user, 'GET', fixture.base.hooks)).body.webhooks).toEqual([]);
  });

  it('is validated again before every ping', async () => {
    await fixture.trusting.notifier?.close();
    await fixture.createHook();
    await fixture.withNotifier({ trustedOrigins: [] }, async (notifier) => {
      notifier.wake();
      await notifier.idle();
    });
    expect(fixture.receiver.pings).toEqual([]);
    expect(await fixture.hook()).toMatchObject({
      lastNotificationResult: {
        success: false,
        error: { message: 'The URL may not be called: 127.0.0.1 is not a public address' },
      },
    });
  });
});
