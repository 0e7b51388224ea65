import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeAbandonedRuns } from '../folders/abandoned-runs.ts';
import { createVolatileFolder } from '../folders/volatile-folder.ts';
import { findDescendants } from '../process/process-table.ts';
import { runIdVariable, startReaper } from '../reaper/reaper.ts';

/** Maximum time in which Vitest ends its workers, milliseconds. The reaper ends the rest. */
const workersEndMs = 5_000;

/**
 * Vitest calls this before the integration tests, and the returned function after them. All processes of the tests
 * have the id of the test run in their environment, and all stores are in its folder. The reaper removes them when the
 * run ends or is killed. Otherwise a process left by a failed test would keep the output of its worker open, and
 * Vitest would wait for it forever.
 */
export async function setup(): Promise<() => Promise<void>> {
  await removeAbandonedRuns();
  const runId = `tests-${process.pid}-${randomBytes(2).toString('hex')}`;
  const reaper = startReaper({ runId });
  const folder = await createVolatileFolder({ runId, reaper });
  process.env[runIdVariable] = runId;
  process.env.TEST_STORES_FOLDER = folder.path;
  // Many tests spawn the same programs from source. Node compiles them once.
  process.env.NODE_COMPILE_CACHE = join(folder.path, 'compiled');
  return async () => {
    await workersEnded();
    await reaper[Symbol.asyncDispose]();
    delete process.env[runIdVariable];
    delete process.env.TEST_STORES_FOLDER;
    delete process.env.NODE_COMPILE_CACHE;
  };
}

/**
 * Waits for the workers to end by themselves. Vitest ends them while it calls the function above, and waits for their
 * last message: a worker that the reaper kills before it lets Vitest wait for 60 s.
 */
async function workersEnded(): Promise<void> {
  const untilMs = performance.now() + workersEndMs;
  while (findDescendants([process.pid]).some(isWorker) && performance.now() < untilMs) await delay(20);
}

/** False for a process that has ended meanwhile, and without /proc. */
function isWorker({ pid }: { pid: number }): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/vitest/dist/workers/');
  } catch {
    return false;
  }
}
