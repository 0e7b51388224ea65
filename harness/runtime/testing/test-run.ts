import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { removeAbandonedRuns } from '../folders/abandoned-runs.ts';
import { createVolatileFolder } from '../folders/volatile-folder.ts';
import { runIdVariable, startReaper } from '../reaper/reaper.ts';

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
    await reaper[Symbol.asyncDispose]();
    delete process.env[runIdVariable];
    delete process.env.TEST_STORES_FOLDER;
    delete process.env.NODE_COMPILE_CACHE;
  };
}
