import { createHmac } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkspaceRole } from '../../../../contracts/rights.ts';
import { problem } from '../../../../kit/http/problem.ts';
import { type NotificationFixture, startNotificationFixture } from '../../testing/notification-fixture.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { makeBase } from '../../testing/watched-base.ts';

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
  await fixture?.trusting.notifier?.close();
  await admin?.query('delete from airtable.webhooks');
  await fixture?.[Symbol.asyncDispose]();
});

describe('a ping', () => {
  it('follows the creation of a webhook and every change, signed with its secret', async () => {
    const hook = await fixture.createHook(fixture.base, '/receive?key=1');
    await fixture.settled();
    await fixture.write();
    await fixture.settled();
    expect(fixture.receiver.pings).toHaveLength(2);
    for (const { path, headers, body } of fixture.receiver.pings) {
      expect(path).toBe('/receive?key=1');
      expect(JSON.parse(body)).toEqual({
        base: { id: fixture.base.baseId },
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
    const seen = await fixture.hook();
    expect(seen).toMatchObject({
      cursorForNextPayload: 2,
      areNotificationsEnabled: true,
      lastSuccessfulNotificationTime: expect.any(String),
      lastNotificationResult: { success: true, retryNumber: 0, durationMs: expect.any(Number) },
    });
    expect(seen.lastNotificationResult).not.toHaveProperty('error');
  });

  it('is sent again when a change happened during the ping', async () => {
    await fixture.createHook();
    await fixture.settled();
    fixture.receiver.respond = async (response) => {
      fixture.receiver.respond = (other) => other.writeHead(200).end();
      // The write wakes the notifier, but the webhook is claimed: the next ping follows at the end of this one.
      await fixture.write();
      response.writeHead(200).end();
    };
    await fixture.write();
    await fixture.receiver.arrived(3);
    await fixture.settled();
    expect(fixture.receiver.pings).toHaveLength(3);
    const { rows } = await admin.query(
      'select announced_cursor, next_cursor, notify_at from airtable.webhooks',
    );
    expect(rows).toEqual([{ announced_cursor: '3', next_cursor: '3', notify_at: null }]);
  });

  it('that fails is retried later', async () => {
    fixture.receiver.respond = (response) => response.writeHead(503).end();
    await fixture.createHook();
    await fixture.settled();
    expect(fixture.receiver.pings).toHaveLength(1);
    expect(await fixture.hook()).toMatchObject({
      areNotificationsEnabled: true,
      lastSuccessfulNotificationTime: null,
      lastNotificationResult: {
        success: false,
        error: { message: 'The URL responded with status 503' },
        retryNumber: 0,
        willBeRetried: true,
      },
    });
    const { rows } = await admin.query(
      "select notify_at between now() + interval '5 s' and now() + interval '11 s' as later from airtable.webhooks",
    );
    expect(rows).toEqual([{ later: true }]);
    // A change does not shorten the delay.
    await fixture.write();
    await fixture.settled();
    expect(fixture.receiver.pings).toHaveLength(1);
    fixture.receiver.respond = (response) => response.writeHead(200).end('{}');
    await admin.query('update airtable.webhooks set notify_at = now()');
    fixture.trusting.notifier?.wake();
    await fixture.settled();
    expect(await fixture.hook()).toMatchObject({ lastNotificationResult: { success: true, retryNumber: 1 } });
  });

  it('fails on a redirect and on a reset connection', async () => {
    fixture.receiver.respond = (response) =>
      response.writeHead(302, { location: `${fixture.receiver.origin}/other` }).end();
    await fixture.createHook();
    await fixture.settled();
    expect(fixture.receiver.pings.map(({ path }) => path)).toEqual(['/ping']);
    expect(await fixture.hook()).toMatchObject({
      lastNotificationResult: { success: false, error: { message: 'The URL responded with status 302' } },
    });
    fixture.receiver.respond = (response) => response.destroy();
    await admin.query('update airtable.webhooks set notify_at = now()');
    fixture.trusting.notifier?.wake();
    await fixture.settled();
    expect(await fixture.hook()).toMatchObject({
      lastNotificationResult: { retryNumber: 1, error: { message: 'The connection was reset' } },
    });
  });

  it('that fails ten times in a row disables pings until they are enabled again', async () => {
    await fixture?.trusting.notifier?.close();
    fixture.receiver.respond = (response) => response.writeHead(500).end();
    const hook = await fixture.createHook();
    await fixture.withNotifier({ delayMs: () => 0 }, async (notifier) => {
      notifier.wake();
      await notifier.idle();
      expect(fixture.receiver.pings).toHaveLength(10);
      expect(await fixture.hook()).toMatchObject({
        areNotificationsEnabled: false,
        isHookEnabled: true,
        lastNotificationResult: { success: false, retryNumber: 9, willBeRetried: false },
      });
      await fixture.write();
      notifier.wake();
      await notifier.idle();
      expect(fixture.receiver.pings).toHaveLength(10);
      // Payloads are still created.
      expect(await fixture.hook()).toMatchObject({ cursorForNextPayload: 2 });

      fixture.receiver.respond = (response) => response.writeHead(204).end();
      const enable = `${fixture.base.hooks}/${hook.id}/enableNotifications`;
      const enabled = await fixture.trusting.call(fixture.base.user, 'POST', enable, { enable: true });
      expect(enabled).toMatchObject({ status: 200, body: {} });
      notifier.wake();
      await notifier.idle();
    });
    expect(fixture.receiver.pings).toHaveLength(11);
    expect(await fixture.hook()).toMatchObject({
      areNotificationsEnabled: true,
      lastNotificationResult: { success: true, retryNumber: 0 },
    });
  });

  it('is not sent while pings are disabled', async () => {
    const hook = await fixture.createHook();
    await fixture.settled();
    await fixture.trusting.call(
      fixture.base.user,
      'POST',
      `${fixture.base.hooks}/${hook.id}/enableNotifications`,
      { enable: false },
    );
    await fixture.write();
    await fixture.settled();
    expect(fixture.receiver.pings).toHaveLength(1);
    expect(await fixture.hook()).toMatchObject({ areNotificationsEnabled: false, cursorForNextPayload: 2 });
  });

  it('is sent by another process when the first one dies', async () => {
    await fixture?.trusting.notifier?.close();
    await fixture.createHook();
    // Claimed by a process that dies.
    const { rows } = await admin.query('select * from airtable.claim_notification(0, 4)');
    expect(rows).toHaveLength(1);
    expect(fixture.receiver.pings).toEqual([]);
    await fixture.withNotifier({}, async (notifier) => {
      notifier.start();
      await fixture.receiver.arrived(1);
      await notifier.idle();
    });
    expect(fixture.receiver.pings).toHaveLength(1);
    expect(await fixture.hook()).toMatchObject({ lastNotificationResult: { success: true } });
  });

  it('is released by a process that stops, and sent by the next one', async () => {
    fixture.receiver.respond = () => {};
    await fixture.createHook();
    await fixture.receiver.arrived(1);
    await fixture?.trusting.notifier?.close();
    fixture.receiver.respond = (response) => response.writeHead(204).end();
    await fixture.withNotifier({}, async (notifier) => {
      notifier.wake();
      await notifier.idle();
    });
    expect(fixture.receiver.pings).toHaveLength(2);
    expect(await fixture.hook()).toMatchObject({ lastNotificationResult: { success: true, retryNumber: 0 } });
  });

  it('does not wait for pings of another tenant that get no response', async () => {
    const other = await makeBase(gateway);
    const held: (() => void)[] = [];
    fixture.receiver.respond = (response, { path }) => {
      if (path === '/slow') held.push(() => response.writeHead(204).end());
      else response.writeHead(204).end();
    };
    await Promise.all(Array.from({ length: 6 }, () => fixture.createHook(fixture.base, '/slow')));
    await fixture.receiver.arrived(4);
    await fixture.createHook(other, '/quick');
    await fixture.receiver.arrived(5);
    expect(fixture.receiver.pings.map(({ path }) => path).sort()).toEqual([
      '/quick',
      ...Array(4).fill('/slow'),
    ]);
    fixture.receiver.respond = (response) => response.writeHead(204).end();
    for (const release of held) release();
    await fixture.settled();
    expect(fixture.receiver.pings).toHaveLength(7);
  });
});

describe('a webhook whose creator', () => {
  const workspaces = (role: WorkspaceRole) => [{ id: fixture.base.user.claims.tenant_id, role }];

  it.each([
    ['is an editor now', () => ({ workspaces: workspaces('editor') }), 'not an admin of the workspace'],
    ['has left the workspace', () => ({ workspaces: [] }), 'not an admin of the workspace'],
    ['is deactivated', () => ({ is_active: false }), 'not active any more'],
    ['is deleted', () => null, 'not active any more'],
  ])('%s sends no more pings and says why', async (_what, change, reason) => {
    await fixture.createHook();
    await fixture.settled();
    const { claims } = fixture.base.user;
    const colleague = await gateway.user({ tenant_id: claims.tenant_id });
    gateway.authorities.set(claims, change());
    const path = `/v0/${fixture.base.baseId}/People`;
    const written = await fixture.trusting.call(colleague, 'POST', path, { fields: { Name: 'new' } });
    expect(written.status).toBe(200);
    await fixture.settled();
    expect(fixture.receiver.pings).toHaveLength(1);
    const { body } = await fixture.trusting.call(colleague, 'GET', fixture.base.hooks);
    expect(body.webhooks).toMatchObject([
      {
        areNotificationsEnabled: false,
        cursorForNextPayload: 2,
        lastNotificationResult: {
          success: false,
          willBeRetried: false,
          error: { message: expect.stringContaining(reason) },
        },
      },
    ]);
  });

  it('cannot be judged is pinged once that is possible again', async () => {
    await fixture.createHook();
    await fixture.settled();
    await fixture.trusting.notifier?.close();
    await fixture.write();
    const authorities = {
      of: async () => {
        throw problem('not_ready');
      },
    };
    await fixture.withNotifier({ authorities }, async (notifier) => {
      notifier.wake();
      await notifier.idle();
      expect(fixture.receiver.pings).toHaveLength(1);
    });
    await fixture.withNotifier({}, async (notifier) => {
      notifier.wake();
      await notifier.idle();
      expect(fixture.receiver.pings).toHaveLength(2);
    });
  });
});
