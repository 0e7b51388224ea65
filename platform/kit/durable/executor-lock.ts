import pg from 'pg';
import type { Log } from '../observe/log.ts';
import { describeFailure } from '../service/describe-failure.ts';

/** Pause before the lock is taken again after its connection broke, milliseconds. */
const retryMs = 200;

/** The two numbers of an executor's advisory lock: those of the engine, and those of the executor. */
export const lockKey = 'hashtext($1), hashtext($2)';

/** Announces, with the commit, a waiting run to all processes of the engine whose schema is `$1`. */
export const announceRun = { name: 'announce_run', text: `select pg_notify($1, '')` };

export interface ExecutorLock {
  /** Resolves when the lock is held for the first time. */
  held(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Listens for waiting runs, and holds an advisory lock for as long as this process lives. It shows the other processes
 * that this one is alive: the server drops it together with the connection. A restart of the server drops all locks, so
 * it is taken again at once.
 * @param schema the engine's schema, which separates the locks of services
 */
export function holdExecutorLock(options: {
  connect(): Promise<pg.Client>;
  schema: string;
  executor: string;
  log: Log;
  /** Called when a run may be waiting: one was announced, or announcements may have been lost. */
  onAnnouncement(): void;
}): ExecutorLock {
  const { connect, schema, executor, log, onAnnouncement } = options;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let released = false;
  let failures = 0;
  const first = Promise.withResolvers<void>();

  async function take(): Promise<void> {
    let taken: pg.Client | undefined;
    try {
      taken = await connect();
      taken.once('end', again);
      taken.on('notification', onAnnouncement);
      await taken.query(`listen ${pg.escapeIdentifier(schema)}`);
      await taken.query(`select pg_advisory_lock(${lockKey})`, [schema, executor]);
      if (released) {
        await taken.end();
        return;
      }
      client = taken;
      failures = 0;
      first.resolve();
      onAnnouncement();
    } catch (error) {
      if (failures === 0) log.warn({ err: describeFailure(error) }, 'the lock of this process was lost');
      failures += 1;
      if (taken === undefined) again();
      else void taken.end().catch(() => undefined);
    }
  }

  function again(): void {
    client = undefined;
    if (released) return;
    clearTimeout(timer);
    timer = setTimeout(() => void take(), retryMs);
  }

  void take();
  return {
    held: () => first.promise,
    async release() {
      released = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
