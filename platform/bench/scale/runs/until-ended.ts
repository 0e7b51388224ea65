import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Interval of looking whether runs have ended, milliseconds: too long to disturb what is measured. */
const everyMs = 100;
const limitMs = 60_000;

/** Waits until all of these sagas or executions have ended. @throws Error after a minute */
export async function untilEnded(
  admin: pg.Client,
  table: 'sagas.sagas' | 'automation.executions',
  ids: readonly string[],
): Promise<void> {
  const limit = performance.now() + limitMs;
  while (performance.now() < limit) {
    const { rows } = await admin.query<{ left: number }>(
      `select count(*)::int as left from ${table}
       where id = any ($1) and status in ('pending', 'running', 'compensating', 'paused')`,
      [ids],
    );
    if (rows[0]?.left === 0) return;
    await sleep(everyMs);
  }
  throw new Error(`runs did not end within ${limitMs} ms`);
}
