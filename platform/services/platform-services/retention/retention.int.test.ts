import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventStreamKey } from '../../../kit/events/publish-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis, type RedisStore } from '../../../kit/redis/redis.ts';
import {
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';
import { createRetention } from './retention.ts';

const log = createLog({ service: 'test', level: 'silent' });
const days = {
  audit_events: 365,
  analytics_events: 90,
  sessions: 30,
  refresh_tokens: 30,
  invitations: 30,
  account_tokens: 30,
  grants: 30,
  events: 30,
};
let service: TemporaryPlatformServices;
let admin: pg.Client;
let database: Database;
let redis: RedisStore;

beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
  database = openDatabase({ url: service.stores.urlOf('platform_services'), log });
  redis = openRedis({ url: service.redisUrl, log });
});
afterAll(async () => {
  await admin?.end();
  await database?.close();
  await redis?.close();
  await service?.[Symbol.asyncDispose]();
});

/**
 * Runs the job once and returns how many rows it reports to have deleted, by kind.
 * @param daysAhead how far the clock of the job is ahead of the database's, days
 */
async function retain(daysAhead = 0): Promise<Record<string, number>> {
  const registry = new Registry();
  const now = () => new Date(Date.now() + daysAhead * 24 * 3_600_000);
  const retention = createRetention({ database, redis, days, registry, log, now });
  retention.wake();
  await retention.idle();
  await retention.close();
  const metric = await registry.getSingleMetric('retention_deleted_rows_total')?.get();
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels.kind, value]));
}

async function count(table: string, { user }: RegisteredSession): Promise<number> {
  const { rows } = await admin.query(
    `select count(*)::int as rows from identity.${table} where tenant_id = $1`,
    [user.tenant_id],
  );
  return rows[0].rows;
}

describe('retention', () => {
  it('deletes what is older than its days, in every tenant, and counts it', async () => {
    const [one, two] = [await service.register(), await service.register()];
    await admin.query(
      `insert into identity.audit_events (id, tenant_id, event, outcome, created_at)
       select gen_random_uuid(), tenant_id, 'login', 'failure', now() - age
       from unnest(array[$1, $2, null]::uuid[]) as tenant_id, unnest(array['366 days', '364 days']::interval[]) as age`,
      [one.user.tenant_id, two.user.tenant_id],
    );
    await admin.query(
      `insert into identity.analytics_events (id, tenant_id, user_id, event, occurred_at, received_at)
       select gen_random_uuid(), $1, $2, 'page.view', now() - age, now() - age
       from unnest(array['91 days', '89 days']::interval[]) as age`,
      [one.user.tenant_id, one.user.id],
    );
    const invited = await service.call('POST', `/workspaces/${one.workspace_id}/invitations`, {
      token: one.access_token,
      body: { email: `${randomUUID()}@example.com` },
    });
    await admin.query(
      `update identity.invitations set expires_at = now() - interval '31 days' where id = $1`,
      [invited.json().id],
    );
    await admin.query(
      `update identity.sessions set revoked_at = now() - interval '31 days' where tenant_id = $1`,
      [two.user.tenant_id],
    );
    await admin.query(
      `update identity.refresh_tokens set expires_at = now() - interval '31 days' where tenant_id = $1`,
      [one.user.tenant_id],
    );
    const [auditBefore, sessionsBefore] = [await count('audit_events', one), await count('sessions', one)];
    const deleted = await retain();
    expect(deleted).toMatchObject({
      audit_events: 3,
      analytics_events: 1,
      invitations: 1,
      sessions: 1,
      refresh_tokens: 1,
    });
    expect(await count('audit_events', one)).toBe(auditBefore - 1);
    expect(await count('analytics_events', one)).toBe(1);
    expect(await count('invitations', one)).toBe(0);
    expect([await count('sessions', one), await count('sessions', two)]).toEqual([sessionsBefore, 0]);
    expect(await count('refresh_tokens', two)).toBe(0);
    const again = await retain();
    expect(Object.values(again)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('deletes expired tokens of mails, and keeps those that still work', async () => {
    const [one, two] = [await service.register(), await service.register()];
    await admin.query(
      `update identity.account_tokens set expires_at = now() - interval '31 days' where user_id = $1`,
      [one.user.id],
    );
    expect(await retain()).toMatchObject({ account_tokens: 1 });
    expect([await count('account_tokens', one), await count('account_tokens', two)]).toEqual([0, 1]);
  });

  it('deletes expired grants, and keeps those that still give authority', async () => {
    const { user } = await service.register();
    await admin.query(
      `insert into identity.grants (id, tenant_id, user_id, service, purpose, run_id, level, scopes, expires_at)
       select gen_random_uuid(), $1, $2, 'saga-service', 'Saga', 'run', 'read', '{}', now() - age
       from unnest(array['31 days', '29 days', '-1 days']::interval[]) as age`,
      [user.tenant_id, user.id],
    );
    const before = await admin.query('select 1 from identity.grants where user_id = $1', [user.id]);
    expect(await retain()).toMatchObject({ grants: 1 });
    const after = await admin.query('select 1 from identity.grants where user_id = $1', [user.id]);
    expect(after.rows).toHaveLength(before.rows.length - 1);
  });

  it('deletes old events from the stream', async () => {
    for (let index = 0; index < 300; index += 1) await redis.client.xadd(eventStreamKey, '*', 'type', 'seen');
    expect((await retain(29)).events).toBe(0);
    // The stream drops whole blocks only.
    expect((await retain(31)).events).toBeGreaterThanOrEqual(200);
  });

  it('deletes more than one batch', async () => {
    const { user } = await service.register();
    await admin.query(
      `insert into identity.analytics_events (id, tenant_id, user_id, event, occurred_at, received_at)
       select gen_random_uuid(), $1, $2, 'page.view', now(), now() - interval '1 year' from generate_series(1, 2500)`,
      [user.tenant_id, user.id],
    );
    expect(await retain()).toMatchObject({ analytics_events: 2_500 });
  });

  it('leaves the work to the process that is at it', async () => {
    await admin.query('begin');
    await admin.query(`select pg_advisory_xact_lock(hashtextextended('identity.delete_outdated', 0))`);
    const { user } = await service.register();
    await admin.query(
      `insert into identity.analytics_events (id, tenant_id, user_id, event, occurred_at, received_at)
       values (gen_random_uuid(), $1, $2, 'page.view', now(), now() - interval '1 year')`,
      [user.tenant_id, user.id],
    );
    await admin.query('savepoint held');
    expect(await retain()).toMatchObject({ analytics_events: 0 });
    await admin.query('commit');
    expect(await retain()).toMatchObject({ analytics_events: 1 });
  });

  it('cannot be made to delete young audit events', async () => {
    const { user } = await service.register();
    const before = await admin.query('select count(*) from identity.audit_events where tenant_id = $1', [
      user.tenant_id,
    ]);
    await expect(database.query(`select identity.delete_outdated('audit_events', 0, 1000)`)).rejects.toThrow(
      'at least 30 days',
    );
    await expect(database.query(`select identity.delete_outdated('users', 0, 1000)`)).rejects.toThrow(
      'no retention',
    );
    const sessions = await database.query<{ deleted: number }>(
      `select identity.delete_outdated('sessions', -1000, 1000) as deleted`,
    );
    expect(sessions.rows).toEqual([{ deleted: 0 }]);
    const after = await admin.query('select count(*) from identity.audit_events where tenant_id = $1', [
      user.tenant_id,
    ]);
    expect(after.rows).toEqual(before.rows);
  });
});
