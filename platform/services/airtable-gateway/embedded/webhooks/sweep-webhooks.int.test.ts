import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../../kit/observe/log.ts';
import { openDatabase } from '../../../../kit/postgres/database.ts';
import { type NotificationFixture, startNotificationFixture } from '../../testing/notification-fixture.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { addPerson } from '../../testing/watched-base.ts';
import { sweepWebhooks } from './sweep-webhooks.ts';

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

describe('sweeping', () => {
  it('deletes old payloads and expired webhooks after a week, and keeps the numbering', async () => {
    const hook = await fixture.createHook();
    await addPerson(fixture.base, { Name: 'old' });
    await admin.query("update airtable.webhook_payloads set created_at = now() - interval '7 days 1 minute'");
    await addPerson(fixture.base, { Name: 'new' });
    const path = `${fixture.base.hooks}/${hook.id}/payloads`;
    // The API does not show it, even before the sweep.
    expect((await fixture.trusting.call(fixture.base.user, 'GET', path)).body).toMatchObject({
      cursor: 3,
      mightHaveMore: false,
    });
    const gone = await fixture.createHook();
    await admin.query("update airtable.webhooks set expires_at = now() - interval '8 days' where id = $1", [
      gone.id,
    ]);
    await fixture.settled();
    const log = createLog({ service: 'airtable-gateway', level: 'silent' });
    const database = openDatabase({ url: gateway.stores.urlOf('airtable_gateway'), log });
    expect(await sweepWebhooks(database)).toBe(2);
    expect(await sweepWebhooks(database)).toBe(0);
    await database.close();
    const { rows } = await admin.query('select id from airtable.webhooks');
    expect(rows).toEqual([{ id: hook.id }]);
    const page = (await fixture.trusting.call(fixture.base.user, 'GET', path)).body;
    expect(page.payloads).toHaveLength(1);
    expect(page.cursor).toBe(3);
  });
});
