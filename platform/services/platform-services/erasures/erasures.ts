import { randomUUID } from 'node:crypto';
import { type ErasingService, type ErasureOrder, erasingServices } from '../../../contracts/erasure.ts';
import { type Erasure, erasureStatusDays } from '../../../contracts/platform-services/erasures.ts';
import { tenantOfOrder } from '../../../kit/erasure/erase.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';

const columns = `id, case when finished_at is null then 'pending' else 'done' end as status, services_left,
  requested_at, finished_at`;

/**
 * Stores that an account has to be erased in every service, in the transaction that deletes it.
 * @param options `quietSeconds`: time in which requests of the account may still write; `services`: by default all;
 * `liveStreams`: streams of events for people that go with it
 */
export async function orderErasure(
  tx: Transaction,
  order: ErasureOrder,
  options: {
    quietSeconds: number;
    services?: readonly ErasingService[];
    liveStreams?: readonly string[];
  },
): Promise<Erasure> {
  const { quietSeconds, services = erasingServices, liveStreams = [] } = options;
  const { rows } = await tx.query<Erasure>(
    `insert into identity.erasures (id, services_left) values ($1, $2) returning ${columns}`,
    [randomUUID(), services],
  );
  const erasure = rows[0] as Erasure;
  await tx.query(
    `insert into identity.erasure_tasks (erasure_id, service, tenant_id, user_id, email, whole_tenant, quiet_at,
                                         live_streams)
     select $1, service, $3, $4, $5, $6, now() + make_interval(secs => $7),
            case service when 'platform-services' then $8::text[] else '{}' end from unnest($2::text[]) as service`,
    [
      erasure.id,
      services,
      order.tenant_id,
      order.user_id,
      order.email,
      order.whole_tenant,
      quietSeconds,
      liveStreams,
    ],
  );
  return erasure;
}

/** @throws ProblemError `not_found` */
export async function readErasure(database: Database, id: string): Promise<Erasure> {
  const { rows } = await database.query<Erasure>(
    { name: 'read_erasure', text: `select ${columns} from identity.erasures where id = $1` },
    [id],
  );
  if (rows[0] === undefined) throw problem('not_found');
  return rows[0];
}

/** A task of one service that this process has claimed. */
export interface ErasureTask extends ErasureOrder {
  erasure_id: string;
  service: string;
  attempts: number;
  /** Whether requests that began before the deletion have ended. */
  quiet: boolean;
}

/** Claims the task that has been due longest; undefined when none is due. */
export async function claimTask(
  database: Database,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<ErasureTask | undefined> {
  const { rows } = await database.query<ErasureTask>(
    {
      name: 'claim_erasure_task',
      text: `select erasure_id, service, tenant_id, user_id, email, whole_tenant, attempts, quiet
             from identity.claim_erasure_task($1)`,
    },
    [leaseSeconds],
  );
  return rows[0];
}

const tenantOfTask = ({ tenant_id, user_id }: ErasureTask): Tenant => ({
  tenantId: tenant_id,
  userId: user_id,
});

/** Ends a task. With the last one, the erasure is done and nothing names the account any more. */
export async function finishTask(database: Database, task: ErasureTask): Promise<void> {
  await database.withTenant(tenantOfTask(task), async (tx) => {
    await tx.query(
      `update identity.erasures
       set services_left = array_remove(services_left, $2),
           finished_at = case when array_remove(services_left, $2) = '{}' then now() end
       where id = $1`,
      [task.erasure_id, task.service],
    );
    await tx.query('delete from identity.erasure_tasks where erasure_id = $1 and service = $2', [
      task.erasure_id,
      task.service,
    ]);
  });
}

/** Tries a task again after the given time, and not before requests of the account have ended. */
export async function postponeTask(
  database: Database,
  task: ErasureTask,
  { seconds, untilQuiet }: { seconds: number; untilQuiet: boolean },
): Promise<void> {
  await database.tenantQuery(
    tenantOfTask(task),
    `update identity.erasure_tasks
     set due_at = greatest(now() + make_interval(secs => $3), case when $4 then quiet_at end)
     where erasure_id = $1 and service = $2 and attempts = $5`,
    [task.erasure_id, task.service, seconds, untilQuiet, task.attempts],
  );
}

/**
 * Deletes the streams of events for people that go with an account. What requests of the account publish later makes
 * them anew, so this is repeated like every erasure.
 * @returns the number of streams that were found
 */
export async function eraseLiveStreams(
  { database, redis }: { database: Database; redis: RedisStore['client'] },
  order: ErasureOrder,
): Promise<number> {
  const { rows } = await database.tenantQuery<{ stream: string }>(
    tenantOfOrder(order),
    `select distinct unnest(live_streams) as stream from identity.erasure_tasks where user_id = $1`,
    [order.user_id],
  );
  return rows.length === 0 ? 0 : redis.del(rows.map(({ stream }) => stream));
}

/** Deletes the states that were kept long enough. */
export async function deleteOldErasures(database: Database): Promise<void> {
  await database.query(
    `delete from identity.erasures where finished_at < now() - make_interval(days => ${erasureStatusDays})`,
  );
}
