import pg from 'pg';
import type { Engine } from './engine.ts';
import { announceRun, lockKey } from './executor-lock.ts';

/** Maximum number of runs that are taken over in one round. */
const roundSize = 1_000;
/**
 * Time for which an executor must be seen without its lock, milliseconds: a restart of the server drops the locks of
 * living processes too, which take them again within 0.2 s after it accepts connections.
 */
export const graceMs = 2_500;

export interface TakeOverDeps {
  engine: Engine;
  pool: pg.Pool;
  schema: string;
  /** The executor of this process. */
  executor: string;
  queueName: string;
  /** Whether this process runs a run. */
  isRunning(id: string): boolean;
  /** Milliseconds of a clock that never goes back. */
  elapsedMs(): number;
}

/**
 * Finds runs of processes that have died, and queues them again for all processes. The engine itself leaves them with
 * their process. @returns a function that does one round and returns the number of runs taken over
 */
export function createTakeOver(deps: TakeOverDeps): () => Promise<number> {
  const { DBOS } = deps.engine;
  const missedSince = new Map<string, number>();
  /** Runs that this process claimed and did not run in the last round: it lost its connection during the claim. */
  let unknown = new Set<string>();

  /**
   * Runs that a process executes, or those of one executor. In one statement: the engine's own list takes four, and every
   * process asks in every round.
   */
  async function pendingRuns(of?: string): Promise<{ id: string; executor: string }[]> {
    const { rows } = await deps.pool.query<{ id: string; executor: string }>(
      `select workflow_uuid as id, coalesce(executor_id, '') as executor
       from ${pg.escapeIdentifier(deps.schema)}.workflow_status where status = 'PENDING' and ($1::text is null or executor_id = $1)
       order by created_at limit ${roundSize}`,
      [of ?? null],
    );
    return rows;
  }

  async function queue(ids: string[]): Promise<void> {
    await DBOS.resumeWorkflows(ids, { queueName: deps.queueName });
    await deps.pool.query(announceRun, [deps.schema]);
  }

  async function queueLostClaims(own: readonly string[]): Promise<number> {
    const missing = own.filter((id) => !deps.isRunning(id));
    const lost = missing.filter((id) => unknown.has(id));
    unknown = new Set(missing);
    if (lost.length > 0) await queue(lost);
    return lost.length;
  }

  async function deadAmong(others: ReadonlySet<string>): Promise<string[]> {
    const now = deps.elapsedMs();
    const dead: string[] = [];
    for (const executor of others) {
      if (await isLocked(executor)) {
        missedSince.delete(executor);
        continue;
      }
      const since = missedSince.get(executor) ?? now;
      missedSince.set(executor, since);
      if (now - since >= graceMs) dead.push(executor);
    }
    for (const executor of missedSince.keys()) if (!others.has(executor)) missedSince.delete(executor);
    return dead;
  }

  async function isLocked(executor: string): Promise<boolean> {
    const { rows } = await deps.pool.query<{ free: boolean }>(
      `select pg_try_advisory_xact_lock_shared(${lockKey}) as free`,
      [deps.schema, executor],
    );
    return rows[0]?.free !== true;
  }

  /** Holds the dead executor's lock meanwhile: two processes must not queue the same run twice. */
  async function takeOverFrom(executor: string): Promise<number> {
    const client = await deps.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const { rows } = await client.query<{ free: boolean }>(
        `select pg_try_advisory_xact_lock(${lockKey}) as free`,
        [deps.schema, executor],
      );
      if (rows[0]?.free !== true) return 0;
      const runs = await pendingRuns(executor);
      if (runs.length > 0) await queue(runs.map(({ id }) => id));
      return runs.length;
    } finally {
      await client.query('commit').catch((error: Error) => {
        broken = error;
      });
      client.release(broken);
    }
  }

  return async () => {
    const pending = await pendingRuns();
    const own = pending.filter(({ executor }) => executor === deps.executor);
    let taken = await queueLostClaims(own.map(({ id }) => id));
    const others = new Set(pending.map(({ executor }) => executor));
    others.delete(deps.executor);
    for (const executor of await deadAmong(others)) taken += await takeOverFrom(executor);
    return taken;
  };
}
