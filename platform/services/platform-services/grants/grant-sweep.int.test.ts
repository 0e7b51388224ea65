import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../../kit/observe/log.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import {
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';
import { createGrantSweep, type FindUsed } from './grant-sweep.ts';

const log = createLog({ service: 'test', level: 'silent' });
let service: TemporaryPlatformServices;
let admin: pg.Client;
let database: Database;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
  database = openDatabase({ url: service.stores.urlOf('platform_services'), log });
});
afterAll(async () => {
  await admin?.end();
  await database?.close();
  await service?.[Symbol.asyncDispose]();
});

/** Stores a grant. @param ageMinutes time since it was made */
async function grantOf({ user }: RegisteredSession, by: string, ageMinutes: number): Promise<string> {
  const id = randomUUID();
  await admin.query(
    `insert into identity.grants (id, tenant_id, user_id, service, purpose, run_id, level, scopes, check_at)
     values ($1, $2, $3, $4, 'Run', 'run', 'read', '{}', now() + make_interval(mins => 15 - $5))`,
    [id, user.tenant_id, user.id, by, ageMinutes],
  );
  return id;
}

async function left(ids: readonly string[]): Promise<string[]> {
  const { rows } = await admin.query('select id from identity.grants where id = any($1)', [ids]);
  return ids.filter((id) => rows.some((row) => row.id === id));
}

const minutesToCheck = async (id: string) => {
  const { rows } = await admin.query(
    'select round(extract(epoch from check_at - now()) / 60)::int as minutes from identity.grants where id = $1',
    [id],
  );
  return rows[0].minutes;
};

/** Sweeps once. @returns what each service was asked, as `service tenant` */
async function sweep(used: readonly string[], away: readonly string[] = []): Promise<string[]> {
  const asked: string[] = [];
  const at =
    (name: string): FindUsed =>
    async (tenantId, ids) => {
      asked.push(`${name} ${tenantId}`);
      if (away.includes(name)) throw new PeerProblem({ peer: name });
      return ids.filter((id) => used.includes(id));
    };
  const findUsed = {
    'saga-service': at('saga-service'),
    'automation-services': at('automation-services'),
  };
  const work = createGrantSweep({ database, findUsed, log });
  work.wake();
  await work.idle();
  await work.close();
  return asked.sort();
}

it('deletes the grants of every tenant that their service does not use, once they are 15 minutes old', async () => {
  const [ada, bob] = [await service.register(), await service.register()];
  const ids = [
    await grantOf(ada, 'saga-service', 16),
    await grantOf(ada, 'automation-services', 16),
    await grantOf(ada, 'automation-services', 14),
    await grantOf(bob, 'automation-services', 16),
  ];
  const used = [ids[1] as string];
  expect(await sweep(used)).toEqual(
    [
      `saga-service ${ada.user.tenant_id}`,
      `automation-services ${ada.user.tenant_id}`,
      `automation-services ${bob.user.tenant_id}`,
    ].sort(),
  );
  expect(await left(ids)).toEqual([ids[1], ids[2]]);
  expect(await minutesToCheck(used[0] as string)).toBe(60);
  expect(await sweep(used)).toEqual([]);
});

it('keeps the grants of a service that does not respond, and asks again', async () => {
  const ada = await service.register();
  const ids = [await grantOf(ada, 'saga-service', 20), await grantOf(ada, 'automation-services', 20)];
  await sweep([], ['saga-service']);
  expect(await left(ids)).toEqual([ids[0]]);
  expect(await minutesToCheck(ids[0] as string)).toBe(2);
  await admin.query(`update identity.grants set check_at = now() where id = $1`, [ids[0]]);
  await sweep([]);
  expect(await left(ids)).toEqual([]);
});

it('does not take the grant of a registration for unused while its event may wait', async () => {
  const { user } = await service.register();
  const { rows } = await admin.query(
    `select round(extract(epoch from check_at - now()) / 86400)::int as days from identity.grants where user_id = $1`,
    [user.id],
  );
  expect(rows).toEqual([{ days: 7 }]);
});
